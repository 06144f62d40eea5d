"""Decide between the recipes that a search tried, and say why."""

from collections.abc import Sequence

from export.config import FinetuneConfig
from export.quantize.found import Tried


def best(tried: Sequence[Tried]) -> Tried:
    """Return the recipe that diverges least, of those within the budget if there are any; the first of equals."""
    return min(tried, key=lambda item: (bool(item.breaches), item.score.degradation.divergence))


def choose(tried: Sequence[Tried]) -> Tried:
    """Return the best recipe, or, where layers had to be left in float, the one within the budget with most in 8 bits.

    Args:
        tried: At least one; plain and fine-tuned ones compete on equal terms.
    """
    within = [item for item in tried if not item.breaches]
    if not within or not fell_back(tried):
        return best(tried)
    return max(within, key=lambda item: (item.int8_share, -item.score.degradation.divergence))


def fell_back(tried: Sequence[Tried]) -> bool:
    """Tell whether layers had to be left in float one by one."""
    return any(item.recipe.float_nodes for item in tried)


def to_be_finetuned(chosen: Tried, config: FinetuneConfig) -> bool:
    """Tell whether what a search without fine-tuning chose calls for it.

    Args:
        chosen: What would be taken.
        config: `missed` asks for it where the budget is missed.
    """
    return config.when == "always" or (config.when == "missed" and bool(chosen.breaches))


def start_of_finetuning(tried: Sequence[Tried]) -> Tried:
    """Return the best recipe that fine-tuning may start from.

    Not one that is equalised or bias corrected: both change the graph after training. Nor one with layers left in
    float one by one, which is what fine-tuning is to spare.
    """
    return best(
        [item for item in tried if not (item.recipe.float_nodes or item.recipe.equalized or item.recipe.bias_corrected)]
    )


def reason(tried: Sequence[Tried], chosen: Tried) -> str:
    """Say why a recipe was chosen.

    Args:
        tried: All of a search.
        chosen: One of them.
    """
    within = sum(not item.breaches for item in tried)
    if not within:
        return f"none of {len(tried)} recipes is within the budget; this one diverges least"
    if not fell_back(tried):
        return f"diverges least from fp32 of the {within} of {len(tried)} recipes within the budget"
    tuned = any(item.recipe.finetuned for item in tried)
    before = sum(not (item.recipe.finetuned or item.recipe.float_nodes) for item in tried)
    after = "fine-tuned or with their noisiest layers in float" if tuned else "with their noisiest layers in float"
    count = len(chosen.recipe.float_nodes)
    here = f", {count} of them here" if count else ""
    this = "this fine-tuned one" if chosen.recipe.finetuned else "this one"
    return (
        f"none of {before} recipes was within the budget; of the {within} that are {after}{here}, {this} does most in "
        "8 bits"
    )
