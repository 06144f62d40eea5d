"""Give a mean over grouped pictures an interval, without a formula: resample the groups."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data_tools.randomness import keyed_generator

RESAMPLES = 4000
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


def percentile_intervals(means: Floats) -> Floats:
    """Return the 2.5 % and 97.5 % percentiles of (B, K) means as (2, K)."""
    return np.asarray(np.quantile(means, (0.025, 0.975), axis=0), dtype=np.float64)
