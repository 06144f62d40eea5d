import pytest
from pydantic import ValidationError

from export.quantize.recipe import Recipe


def test_label():
    assert Recipe(target="int8").label == "percentile 99.99"
    full = Recipe(
        target="int8-trt",
        calibration="minmax",
        float_groups=("squeeze_excite", "depthwise"),
        float_nodes=("a", "b"),
        equalized=True,
        bias_corrected=True,
        centered=True,
        finetuned=True,
    )
    assert full.label == (
        "minmax; float: squeeze excite, depthwise; centred; equalised; bias corrected; fine-tuned; "
        "2 more nodes in float"
    )


def test_round_trip_and_no_unknown_keys():
    recipe = Recipe(target="int8", percentile=99.9)
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe
    with pytest.raises(ValidationError, match="percentil"):
        Recipe.model_validate({"target": "int8", "percentil": 99})
    with pytest.raises(ValidationError, match="float_groups"):
        Recipe(target="int8", float_groups=("first",))
