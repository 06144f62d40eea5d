"""Compare what quantisation lost with what it may lose."""

from export.artifact import Degradation
from export.config import BudgetConfig


def breaches(found: Degradation, budget: BudgetConfig) -> tuple[str, ...]:
    """Return what of a budget's promises is missed, in words with both numbers; empty = within it.

    Args:
        found: What quantisation changed.
        budget: What may change.
    """
    shares = (
        ("accuracy drop", found.accuracy_drop, budget.max_accuracy_drop, found.accuracy_drop),
        ("agreement", found.agreement, budget.min_agreement, 2 * budget.min_agreement - found.agreement),
        (
            "change of mean confidence",
            found.confidence_change,
            budget.max_confidence_change,
            abs(found.confidence_change),
        ),
        ("change of ECE", found.ece_change, budget.max_ece_change, abs(found.ece_change)),
    )
    return tuple(
        f"{name} {100 * value:.2f} % (allowed {100 * limit:g} %)" for name, value, limit, size in shares if size > limit
    )


def losses(found: Degradation, budget: BudgetConfig) -> tuple[str, ...]:
    """Return `breaches`, and whether the head-room is used up, which is asked of the pictures that choose alone."""
    if found.divergence <= budget.max_divergence:
        return breaches(found, budget)
    return (
        *breaches(found, budget),
        f"divergence {found.divergence:.2g} nats (allowed {budget.max_divergence:g})",
    )


def choice_breaches(found: Degradation, int8_share: float, budget: BudgetConfig) -> tuple[str, ...]:
    """Return `losses`, and whether too little is done in 8 bits.

    Args:
        found: What quantisation changed on the pictures that choose.
        int8_share: Of the multiply-accumulates, in [0, 1].
        budget: What may change.
    """
    if int8_share >= budget.min_int8_share:
        return losses(found, budget)
    return (
        *losses(found, budget),
        f"{100 * int8_share:.1f} % of the work in 8 bits (at least {100 * budget.min_int8_share:g} %)",
    )
