import numpy as np
import onnx
import pytest

from export.config import BudgetConfig, FinetuneConfig
from export.quantize.found import Found
from export.quantize.quantizer import Quantizer
from export.quantize.recipe import STEPS, Recipe, Target
from export.quantize.scoring import Scorer
from export.quantize.search import Finetuning, Search
from tests.export.quantize.small_graph import WEIGHTED, pictures_of, small_graph

WIDE = BudgetConfig(
    max_accuracy_drop=1,
    min_agreement=0,
    max_confidence_change=1,
    max_ece_change=1,
    max_divergence=100,
    min_int8_share=0,
)


def search_of(budget: BudgetConfig, spread: float = 1.0, finetuning: Finetuning | None = None) -> Search:
    model, (pictures, labels) = small_graph(spread=spread), pictures_of(30)
    scorer = Scorer(model, pictures, labels, "calibration and val")
    ranker = scorer.first(12, "calibration")
    return Search(Quantizer(model, pictures[:12]), scorer, ranker, budget, finetuning=finetuning)


@pytest.fixture(scope="module", params=["int8", "int8-trt"])
def wide(request: pytest.FixtureRequest) -> Found:
    return search_of(WIDE, spread=300).run(request.param)


def divergences(found: Found) -> list[float]:
    return [item.score.degradation.divergence for item in found.tried]


def test_chooses_what_diverges_least(wide: Found):
    assert wide.chosen.score.degradation.divergence == min(divergences(wide))
    assert wide.sensitivity == ()
    assert not any(item.breaches for item in wide.tried)
    count = len(wide.tried)
    assert wide.reason == f"diverges least from fp32 of the {count} of {count} recipes within the budget"


def test_finds_the_switch_that_mends_a_planted_fault(wide: Found):
    """Unequal channels between two layers: equalisation mends it, and so does float for the depthwise layer."""
    first, best = wide.tried[0], wide.chosen
    assert best.recipe.equalized or "depthwise" in best.recipe.float_groups
    assert best.score.degradation.divergence < first.score.degradation.divergence / 3


def test_every_step_varies_one_thing_of_the_best_so_far(wide: Found):
    target = wide.chosen.recipe.target
    kinds = [item.step for item in wide.tried]
    order = ["start", *STEPS]
    assert [order.index(step) for step in kinds] == sorted(order.index(step) for step in kinds)
    assert set(kinds) == set(order) - ({"centring"} if target == "int8" else set())
    assert len({item.recipe for item in wide.tried}) == len(wide.tried)
    parts = {
        "calibration": {"calibration", "percentile"},
        "layers in float": {"float_groups"},
        "centring": {"centered"},
        "equalisation": {"equalized"},
        "bias correction": {"bias_corrected"},
    }
    for step, names in parts.items():
        before = [item for item in wide.tried if order.index(item.step) < order.index(step)]
        best = min(before, key=lambda item: item.score.degradation.divergence)
        for item in wide.tried:
            if item.step == step:
                differing = {name for name, value in item.recipe if value != getattr(best.recipe, name)}
                assert differing
                assert differing <= names


def test_steps_can_be_left_out():
    found = search_of(WIDE).run("int8-trt", ("bias correction", "equalisation"))
    assert [item.step for item in found.tried] == ["start", "equalisation", "bias correction"]
    assert [item.step for item in search_of(WIDE).run("int8", ()).tried] == ["start"]


@pytest.mark.parametrize("target", ["int8", "int8-trt"])
def test_falls_back_on_float_layers_no_more_than_needed(target: Target):
    plain = search_of(WIDE).run(target, ())
    limit = plain.chosen.score.degradation.divergence / 4
    found = search_of(WIDE.model_copy(update={"max_divergence": limit})).run(target, ())
    assert plain.chosen.score.degradation.divergence > limit >= found.chosen.score.degradation.divergence
    ranked = [item.node for item in found.sensitivity]
    assert sorted(ranked) == sorted(WEIGHTED)
    count = len(found.chosen.recipe.float_nodes)
    assert found.chosen.recipe.float_nodes == tuple(ranked[:count])
    assert found.chosen.step == "worst layers in float"
    within = [item for item in found.tried if not item.breaches]
    assert found.chosen.int8_share == max(item.int8_share for item in within) > 0
    tried = {len(item.recipe.float_nodes): item for item in found.tried}
    assert count == 1 or tried[count - 1].breaches  # one layer less would not do
    assert "noisiest layers in float" in found.reason


def test_a_budget_that_nothing_meets():
    found = search_of(WIDE.model_copy(update={"max_divergence": 0.0})).run("int8-trt", ())
    assert found.chosen.score.degradation.divergence == min(divergences(found))
    assert found.chosen.breaches
    assert found.chosen.breaches[0].startswith("divergence")
    assert max(len(item.recipe.float_nodes) for item in found.tried) == len(WEIGHTED) - 1  # one stays in 8 bits
    assert found.reason == f"none of {len(found.tried)} recipes is within the budget; this one diverges least"


def test_the_same_again():
    first, second = (search_of(WIDE).run("int8-trt", ("equalisation",)) for _ in range(2))
    assert first == second


def test_sizes_are_those_of_the_graphs():
    search = search_of(WIDE)
    found = search.run("int8", ("layers in float",))
    for item in found.tried:
        assert item.size_bytes == len(search.graph(item.recipe).SerializeToString())
    assert found.tried[0].recipe == Recipe(target="int8", float_groups=("squeeze_excite",))
    assert np.isfinite([item.score.feature_sqnr_db for item in found.tried]).all()


def scripted(when: str, asked: list[Recipe], spread: float = 1.0) -> Finetuning:
    """Return the small graph with the same function in weights that quantise well, or as badly as before."""

    def tune(recipe: Recipe) -> onnx.ModelProto:
        asked.append(recipe)
        return small_graph(spread=spread)

    return Finetuning(FinetuneConfig(when=when), tune)


def limit_between(target: Target) -> BudgetConfig:
    """Return a budget that the planted fault misses and the graph without it keeps."""
    bad, good = (search_of(WIDE, spread=spread).run(target, ()).chosen for spread in (300, 1))
    limits = [item.score.degradation.divergence for item in (good, bad)]
    assert 3 * limits[0] < limits[1]
    return WIDE.model_copy(update={"max_divergence": 2 * limits[0]})


@pytest.mark.parametrize("target", ["int8", "int8-trt"])
def test_fine_tunes_where_the_fallback_leaves_too_much_in_float(target: Target):
    budget, asked = limit_between(target).model_copy(update={"min_int8_share": 0.99}), []
    plain = search_of(budget, spread=300).run(target, ())
    assert plain.chosen.recipe.float_nodes
    assert [text.partition(" % of the work")[2] for text in plain.chosen.breaches] == [" in 8 bits (at least 99 %)"]
    found = search_of(budget, spread=300, finetuning=scripted("missed", asked)).run(target, ())
    (start,) = asked
    assert start == found.tried[0].recipe
    assert found.tried[: len(plain.tried)] == plain.tried
    (tuned,) = found.tried[len(plain.tried) :]
    assert tuned.recipe == start.model_copy(update={"finetuned": True})
    assert (tuned.step, tuned.breaches) == ("fine-tuning", ())
    assert found.chosen == tuned
    assert tuned.int8_share > plain.chosen.int8_share
    assert found.reason.startswith("none of 1 recipes was within the budget; of the ")
    assert found.reason.endswith(
        "that are fine-tuned or with their noisiest layers in float, this fine-tuned one does most in 8 bits"
    )
    assert (found.sensitivity, found.finetuned_sensitivity) == (plain.sensitivity, ())


def test_a_tuned_recipe_is_scored_against_the_graph_before_tuning():
    """What is tuned to another function diverges, however well it quantises."""
    asked: list[Recipe] = []
    other = small_graph()
    (bias,) = (item for item in other.graph.initializer if item.name == "head.b")
    bias.raw_data = (np.frombuffer(bias.raw_data, np.float32) + np.array([3, 0, -3], np.float32)).tobytes()
    finetuning = Finetuning(FinetuneConfig(when="always"), lambda recipe: asked.append(recipe) or other)
    found = search_of(WIDE, finetuning=finetuning).run("int8-trt", ())
    plain, tuned = found.tried
    assert tuned.score.degradation.divergence > 10 * plain.score.degradation.divergence
    assert found.chosen == plain
    assert found.reason == "diverges least from fp32 of the 2 of 2 recipes within the budget"


def test_a_tuned_graph_that_misses_falls_back_as_well():
    budget, asked = limit_between("int8-trt"), []
    found = search_of(budget, spread=300, finetuning=scripted("always", asked, spread=250)).run("int8-trt", ())
    tuned = [item for item in found.tried if item.step == "fine-tuning"]
    assert tuned[0].breaches
    assert all(item.recipe.finetuned and item.recipe.float_nodes for item in tuned[1:])
    ranked = [item.node for item in found.finetuned_sensitivity]
    assert sorted(ranked) == sorted(WEIGHTED)
    assert tuned[1].recipe.float_nodes == (ranked[0],)
    assert not found.chosen.breaches


def test_fine_tuning_starts_from_nothing_that_changes_the_graph_after_training():
    asked: list[Recipe] = []
    found = search_of(WIDE, spread=300, finetuning=scripted("always", asked)).run("int8-trt")
    (start,) = asked
    assert (start.equalized, start.bias_corrected, start.float_nodes) == (False, False, ())
    rest = [item for item in found.tried if not (item.recipe.equalized or item.recipe.bias_corrected)]
    least = min((item for item in rest if item.step != "fine-tuning"), key=lambda x: x.score.degradation.divergence)
    assert start == least.recipe
    assert found.tried[-1].recipe.label == f"{start.label}; fine-tuned"


def test_the_graph_of_a_tuned_recipe_needs_the_tuned_weights():
    quantizer = Quantizer(small_graph(spread=300), pictures_of(6)[0])
    recipe = Recipe(target="int8-trt", finetuned=True)
    with pytest.raises(ValueError, match="int8-trt: expected a fine-tuned graph, got none"):
        quantizer.quantize(recipe)
    quantizer.add_finetuned("int8-trt", small_graph(spread=1))
    wanted = Quantizer(small_graph(spread=1), pictures_of(6)[0])
    plain = recipe.model_copy(update={"finetuned": False})
    for equalized in (False, True):  # ranges, too, are those of the tuned graph
        change = {"equalized": equalized}
        found = quantizer.quantize(recipe.model_copy(update=change))
        assert found == wanted.quantize(plain.model_copy(update=change))
    quantizer.add_finetuned("int8-trt", small_graph(spread=300))
    assert quantizer.quantize(recipe) == quantizer.quantize(plain)
