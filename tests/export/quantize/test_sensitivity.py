import pytest

from export.quantize.quantizer import Quantizer
from export.quantize.recipe import Recipe
from export.quantize.scoring import Scorer
from export.quantize.sensitivity import rank_layers
from tests.export.quantize.small_graph import WEIGHTED, pictures_of, small_graph


@pytest.mark.parametrize("target", ["int8", "int8-trt"])
def test_a_planted_bad_layer_ranks_first_and_equalisation_mends_it(target: str):
    model, (pictures, labels) = small_graph(spread=300), pictures_of(12)
    quantizer, scorer = Quantizer(model, pictures), Scorer(model, pictures, labels, "calibration")
    recipe = Recipe(target=target, calibration="minmax")
    seen: list[tuple[int, int]] = []
    ranking = rank_layers(quantizer, scorer, recipe, WEIGHTED, lambda done, total, what: seen.append((done, total)))
    assert ranking[0].node == "depthwise"
    assert sorted(item.node for item in ranking) == sorted(WEIGHTED)
    noise = [item.divergence for item in ranking]
    assert noise == sorted(noise, reverse=True)
    assert noise[0] > 3 * noise[1]
    assert seen == [(number, 5) for number in range(1, 6)]
    mended = rank_layers(quantizer, scorer, recipe.model_copy(update={"equalized": True}), WEIGHTED)
    assert next(item for item in mended if item.node == "depthwise").divergence < noise[0] / 3
