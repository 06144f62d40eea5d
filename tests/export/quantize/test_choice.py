import pytest

from export.artifact import Degradation
from export.config import FinetuneConfig
from export.quantize.choice import choose, reason, start_of_finetuning, to_be_finetuned
from export.quantize.found import Tried
from export.quantize.recipe import Recipe
from export.quantize.scoring import Score

MISSED = ("divergence",)


def tried(divergence: float, share: float = 0.9, breaches: tuple[str, ...] = (), **recipe: object) -> Tried:
    change = Degradation(
        pictures=9,
        part="val",
        accuracy_fp32=0.9,
        accuracy=0.9,
        accuracy_drop=0,
        agreement=1,
        confidence_change=0,
        ece_change=0,
        mean_abs_probability_change=0,
        divergence=divergence,
    )
    return Tried(
        recipe=Recipe(target="int8", **recipe),
        step="start",
        score=Score(degradation=change, feature_sqnr_db=20),
        size_bytes=1,
        int8_share=share,
        breaches=breaches,
    )


@pytest.mark.parametrize(
    ("chosen", "asks"),
    [
        (tried(0.1), False),
        (tried(0.1, share=0.3), False),  # whole groups in float are the search's own free choice
        (tried(0.1, breaches=MISSED), True),
        (tried(0.1, share=0.2, float_nodes=("a",)), False),
        (tried(0.1, share=0.8, float_nodes=("a",), breaches=MISSED), True),
    ],
)
def test_when(chosen: Tried, asks: bool):
    assert to_be_finetuned(chosen, FinetuneConfig()) == asks
    assert to_be_finetuned(chosen, FinetuneConfig(when="always"))
    assert not to_be_finetuned(chosen, FinetuneConfig(when="never"))


PLAIN = tried(0.4, share=0.98, breaches=MISSED)
LAYERS = tried(0.1, share=0.3, float_nodes=("a", "b"))
TUNED = tried(0.2, share=0.98, finetuned=True)
EQUAL_SHARE = tried(0.08, share=0.3, finetuned=True, float_nodes=("a",))
TUNED_LAYERS = tried(0.15, share=0.7, finetuned=True, float_nodes=("a",))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([PLAIN], PLAIN),
        ([PLAIN, LAYERS], LAYERS),
        ([PLAIN, LAYERS, TUNED], TUNED),
        ([PLAIN, LAYERS, TUNED_LAYERS], TUNED_LAYERS),
        ([tried(0.1), tried(0.2, finetuned=True)], tried(0.1)),
        ([tried(0.1), tried(0.05, finetuned=True)], tried(0.05, finetuned=True)),
        ([PLAIN, tried(0.3, breaches=MISSED, finetuned=True)], tried(0.3, breaches=MISSED, finetuned=True)),
        (
            [LAYERS, tried(0.08, share=0.3, finetuned=True, float_nodes=("a",))],
            tried(0.08, 0.3, finetuned=True, float_nodes=("a",)),
        ),
    ],
)
def test_plain_and_tuned_recipes_compete_on_equal_terms(given: list[Tried], wanted: Tried):
    assert choose(given) == wanted


def test_where_fine_tuning_starts():
    given = [
        tried(0.5),
        tried(0.3, breaches=MISSED),
        tried(0.4, breaches=MISSED),
        tried(0.1, equalized=True),
        tried(0.1, bias_corrected=True),
        tried(0.1, float_nodes=("a",)),
    ]
    assert start_of_finetuning(given) == given[0]
    assert start_of_finetuning(given[1:]) == given[1]


NONE = "none of 1 recipes was within the budget; of the"
LEFT = "with their noisiest layers in float"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ([PLAIN], "none of 1 recipes is within the budget; this one diverges least"),
        ([tried(0.1), PLAIN], "diverges least from fp32 of the 1 of 2 recipes within the budget"),
        ([PLAIN, LAYERS], f"{NONE} 1 that are {LEFT}, 2 of them here, this one does most in 8 bits"),
        ([PLAIN, LAYERS, TUNED], f"{NONE} 2 that are fine-tuned or {LEFT}, this fine-tuned one does most in 8 bits"),
        (
            [PLAIN, LAYERS, TUNED_LAYERS],
            f"{NONE} 2 that are fine-tuned or {LEFT}, 1 of them here, this fine-tuned one does most in 8 bits",
        ),
    ],
)
def test_reasons(given: list[Tried], text: str):
    assert reason(given, choose(given)) == text
