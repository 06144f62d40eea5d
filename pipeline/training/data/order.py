"""Order the training pictures of an epoch, by (seed, epoch) alone."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data_tools.randomness import keyed_generator

Rows = npt.NDArray[np.int64]
"""(N,) row numbers of the training part."""


def shuffled(size: int, seed: int, epoch: int, purpose: str = "order") -> Rows:
    """Return every row once.

    Args:
        size: Number of pictures.
        seed: The training's seed.
        epoch: 0-based epoch.
        purpose: First part of the key; another one gives another order.
    """
    return keyed_generator(purpose, seed, epoch).permutation(size)


def balanced(labels: Sequence[int], seed: int, epoch: int) -> Rows:
    """Return as many rows as there are, drawn with replacement: the classes that occur are equally likely.

    A row's probability is 1 / (number of classes · pictures of its class), the inverse of its class's frequency.

    Args:
        labels: Class index of every picture.
        seed: The training's seed.
        epoch: 0-based epoch.
    """
    _, class_of, counts = np.unique(np.asarray(labels), return_inverse=True, return_counts=True)
    shares = 1 / (len(counts) * counts[class_of])
    generator = keyed_generator("balanced order", seed, epoch)
    return generator.choice(len(class_of), size=len(class_of), replace=True, p=shares)


def repeats(rows: Rows) -> Rows:
    """Count for every draw how often the same row came before it."""
    by_row = np.argsort(rows, kind="stable")
    ordered = rows[by_row]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    lengths = np.diff(np.append(starts, len(rows)))
    counted = np.empty_like(rows)
    counted[by_row] = np.arange(len(rows)) - np.repeat(starts, lengths)
    return counted
