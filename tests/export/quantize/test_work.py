import numpy as np
import onnx
import pytest

from export.quantize.quantizer import Quantizer
from export.quantize.recipe import Recipe
from export.quantize.work import int8_share, multiply_accumulates
from tests.export.hand_made import make_model, node
from tests.export.quantize.small_graph import pictures_of, small_graph

WORK = {"stem": 4 * 4 * 6 * 27, "depthwise": 4 * 4 * 6 * 9, "expand": 4 * 4 * 8 * 6, "embedding": 32, "head": 12}


def test_counts_by_hand():
    assert multiply_accumulates(small_graph()) == WORK


def test_a_size_that_cannot_be_told_is_an_error():
    layer = node("Conv", ["x", "w"], ["y"], name="layer")
    weights = {"w": np.ones((1, 1, 1, 1), np.float32)}
    model = make_model([layer], {"x": [1, 1, "h", "w"]}, {"y": [1, 1, "h", "w"]}, weights)
    with pytest.raises(ValueError, match="layer"):
        multiply_accumulates(model)


@pytest.mark.parametrize("target", ["int8", "int8-trt"])
def test_the_share_is_that_of_the_layers_not_left_in_float(target: str):
    quantizer = Quantizer(small_graph(), pictures_of(6)[0])
    recipe = Recipe(target=target, calibration="minmax")
    assert int8_share(quantizer.quantize(recipe), WORK) == 1
    some = recipe.model_copy(update={"float_nodes": ("stem", "expand")})
    wanted = 1 - (WORK["stem"] + WORK["expand"]) / sum(WORK.values())
    assert int8_share(quantizer.quantize(some), WORK) == pytest.approx(wanted)


def test_a_float_graph_has_none_and_an_empty_one_is_no_error():
    assert int8_share(small_graph(), WORK) == 0
    assert int8_share(onnx.ModelProto(), {}) == 0
