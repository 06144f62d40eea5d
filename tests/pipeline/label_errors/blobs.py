"""Draw features of classes that lie apart, with some labels wrong."""

from typing import NamedTuple

import numpy as np

from data_tools.randomness import keyed_generator

CLASSES = ("dry", "wet", "snow")


class Blobs(NamedTuple):
    features: np.ndarray
    """(N, 8) float32."""
    labels: np.ndarray
    """(N,) as given."""
    wrong: np.ndarray
    """(N,) where the label was planted."""
    groups: list[str]


def make_blobs(count: int = 300, planted: int = 15, spread: float = 0.6) -> Blobs:
    """Return Gaussian blobs around three corners, three pictures to a group."""
    draw = keyed_generator("blobs", count, planted)
    truth = np.arange(count, dtype=np.int64) // 3 % 3
    features = 2 * np.eye(3, 8)[truth] + draw.normal(0, spread, (count, 8))
    wrong = np.zeros(count, dtype=bool)
    wrong[draw.choice(count, planted, replace=False)] = True
    labels = np.where(wrong, (truth + draw.integers(1, 3, count)) % 3, truth)
    return Blobs(features.astype(np.float32), labels, wrong, [f"drive-{row // 3}" for row in range(count)])
