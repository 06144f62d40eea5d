"""Hold what a variant says about a batch, and turn logits into probabilities that can be believed."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]
"""(B, C), C in the manifest's class order."""


class Outputs(NamedTuple):
    """Hold the four outputs of a batch of B pictures, float32."""

    logits: Scores
    """(B, C)."""
    probabilities: Scores
    """(B, C)."""
    feature: Scores
    """(B, d), q."""
    distance: Scores
    """(B, C), from the feature to the centre of each class."""

    def part(self, start: int, stop: int) -> "Outputs":
        """Return the pictures from `start` up to `stop`."""
        return Outputs(*(value[start:stop] for value in self))

    @staticmethod
    def join(parts: "list[Outputs]") -> "Outputs":
        """Return the pictures of several batches, at least one, as one."""
        return Outputs(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def with_temperature(logits: Scores, temperature: float) -> Scores:
    """Compute softmax(logits / T) in float64 (Guo et al. 2017, Eq. 9).

    Args:
        logits: (B, C).
        temperature: T > 0.

    Returns:
        (B, C) float32, rows sum to 1.
    """
    scaled = logits.astype(np.float64) / temperature
    shifted = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float32)
