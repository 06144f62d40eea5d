"""Choose the epoch whose weights are kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor


@dataclass(frozen=True)
class Best:
    """Hold the best epoch so far and its weights."""

    epoch: int
    score: float
    """The validation accuracy that chose it (see `selection_score`)."""
    val_accuracy: float
    val_loss: float
    weights: dict[str, Tensor]
    """The network's state dict, and the method's under `method.`."""


def selection_score(validation: Mapping[str, float], select_by: Literal["clean", "clean_and_noisy"]) -> float:
    """Return the validation accuracy that chooses the epoch.

    Args:
        validation: `val_accuracy`, and `val_accuracy_noisy` for a method with a noisy view.
        select_by: Take the clean pictures alone, or the mean of both views where there are two.
    """
    noisy = validation.get("val_accuracy_noisy")
    if select_by == "clean" or noisy is None:
        return validation["val_accuracy"]
    return (validation["val_accuracy"] + noisy) / 2


def better(
    best: Best | None,
    epoch: int,
    score: float,
    validation: Mapping[str, float],
    weights: Callable[[], dict[str, Tensor]],
) -> Best:
    """Return the better of the best so far and this epoch.

    A higher score wins, then less validation loss, then the later epoch.

    Args:
        best: The best so far.
        epoch: 0-based epoch that just ended.
        score: Its `selection_score`.
        validation: Its `val_accuracy` and `val_loss`.
        weights: Copies its weights.
    """
    if best is not None and (best.score, -best.val_loss) > (score, -validation["val_loss"]):
        return best
    return Best(epoch, score, validation["val_accuracy"], validation["val_loss"], weights())
