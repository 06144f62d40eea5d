"""Give a mean over grouped pictures an interval: resample the groups, and widen for there being few of them."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data_tools.metrics.intervals import Z_95
from data_tools.randomness import keyed_generator

RESAMPLES = 4000
MIN_GROUPS = 10
"""Below it no interval is given: a few groups do not show how much groups differ."""
_CELLS = 1 << 22

Floats = npt.NDArray[np.float64]


def group_sums(values: Floats, groups: Sequence[str]) -> tuple[Floats, Floats]:
    """Sum values by group.

    Args:
        values: (K, N), a row a quantity, a column a picture.
        groups: N names.

    Returns:
        (G, K) sums and (G,) picture counts, groups in order of name.
    """
    _, index = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    counts = np.bincount(index).astype(np.float64)
    sums = np.stack([np.bincount(index, weights=row, minlength=len(counts)) for row in values], axis=1)
    return sums.astype(np.float64), counts


def resampled_means(sums: Floats, counts: Floats, resamples: int = RESAMPLES) -> Floats:
    """Draw groups with replacement and compute the mean over their pictures (Efron and Tibshirani 1993, chapter 8).

    The draws depend on the number of groups alone, so that all quantities see the same ones.

    Args:
        sums: (G, K) from `group_sums`.
        counts: (G,).
        resamples: B.

    Returns:
        (B, K) means.
    """
    number = len(counts)
    generator = keyed_generator("comparison", "bootstrap", number)
    shares = np.full(number, 1.0 / number)
    step = max(1, _CELLS // number)
    parts = []
    for start in range(0, resamples, step):
        weights = generator.multinomial(number, shares, size=min(step, resamples - start)).astype(np.float64)
        parts.append((weights @ sums) / (weights @ counts)[:, None])
    return np.concatenate(parts)


def intervals(sums: Floats, counts: Floats, resamples: int = RESAMPLES) -> Floats:
    """Return 95 % intervals of the means over all pictures.

    The percentile bootstrap draws from the groups that are there, whose variance is (G − 1) / G of the truth's, and
    takes it as known; with few groups its interval is too short (Hesterberg 2015, The American Statistician 69:371-386,
    widens it for the same two reasons). So its deviations from the estimate are stretched by `stretch`.

    Args:
        sums: (G, K) from `group_sums`.
        counts: (G,).
        resamples: B.

    Returns:
        (2, K) lower and upper bounds.

    Raises:
        ValueError: There are fewer than `MIN_GROUPS` groups.
    """
    if len(counts) < MIN_GROUPS:
        raise ValueError(f"expected {MIN_GROUPS} or more groups, got {len(counts)}")
    bounds = np.quantile(resampled_means(sums, counts, resamples), (0.025, 0.975), axis=0)
    estimates = sums.sum(axis=0) / counts.sum()
    return np.asarray(estimates + stretch(len(counts)) * (bounds - estimates), dtype=np.float64)


def stretch(groups: int) -> float:
    """Return √(G / (G − 1)) · t₀.₉₇₅(G − 1) / z₀.₉₇₅, which goes to 1 for many groups."""
    return math.sqrt(groups / (groups - 1)) * t_quantile(groups - 1) / Z_95


def t_quantile(freedom: int) -> float:
    """Return Student's 97.5 % quantile, to 0.001 from 4 degrees of freedom on (Abramowitz and Stegun 1964, 26.7.5)."""
    z = Z_95
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return math.fsum(term / float(freedom) ** power for power, term in enumerate(terms))
