import pytest

from export.artifact import Degradation
from export.config import BudgetConfig
from export.quantize.budget import breaches, choice_breaches, losses

NOTHING = Degradation(
    pictures=100,
    part="val",
    accuracy_fp32=0.9,
    accuracy=0.9,
    accuracy_drop=0.0,
    agreement=1.0,
    confidence_change=0.0,
    ece_change=0.0,
    mean_abs_probability_change=0.0,
    divergence=0.0,
)
BUDGET = BudgetConfig(
    max_accuracy_drop=0.005, min_agreement=0.99, max_confidence_change=0.01, max_ece_change=0.02, max_divergence=0.001
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"accuracy_drop": 0.0051}, "accuracy drop 0.51 % (allowed 0.5 %)"),
        ({"agreement": 0.9899}, "agreement 98.99 % (allowed 99 %)"),
        ({"confidence_change": 0.011}, "change of mean confidence 1.10 % (allowed 1 %)"),
        ({"confidence_change": -0.011}, "change of mean confidence -1.10 % (allowed 1 %)"),
        ({"ece_change": -0.03}, "change of ECE -3.00 % (allowed 2 %)"),
    ],
)
def test_each_bound_is_named_with_both_numbers(change: dict[str, float], message: str):
    assert breaches(NOTHING.model_copy(update=change), BUDGET) == (message,)


def test_head_room_and_share_are_asked_of_the_choice_alone():
    far = NOTHING.model_copy(update={"divergence": 0.00151})
    message = "divergence 0.0015 nats (allowed 0.001)"
    assert breaches(far, BUDGET) == ()
    assert losses(far, BUDGET) == (message,)
    little = "4.9 % of the work in 8 bits (at least 10 %)"
    assert choice_breaches(far, 0.0487, BUDGET) == (message, little)
    assert choice_breaches(NOTHING, 0.0487, BUDGET) == (little,)
    assert choice_breaches(NOTHING, 0.1, BUDGET) == ()


def test_what_is_at_the_bound_is_within():
    at = {
        "accuracy_drop": 0.005,
        "agreement": 0.99,
        "confidence_change": -0.01,
        "ece_change": 0.02,
        "divergence": 0.001,
    }
    assert losses(NOTHING.model_copy(update=at), BUDGET) == ()
    assert breaches(NOTHING.model_copy(update={"accuracy_drop": -0.5}), BUDGET) == ()  # better is no breach


def test_all_breaches_are_told():
    bad = {"accuracy_drop": 0.1, "agreement": 0.5, "confidence_change": 0.1, "ece_change": 0.1, "divergence": 1.0}
    assert len(losses(NOTHING.model_copy(update=bad), BUDGET)) == 5
