"""Choose thresholds on the distance to the nearest class centre."""

import math

import numpy as np
import numpy.typing as npt

from export.runtime.manifest import KEPT, KeptShare


def distance_thresholds(distances: npt.NDArray[np.floating]) -> dict[KeptShare, float]:
    """Return the distance that each wanted share of pictures like these stays below.

    Split conformal prediction (Vovk et al. 2005; Angelopoulos and Bates 2021, section 1): a further picture, drawn as
    these were, lies at or below the ⌈(n + 1)·q⌉th smallest of n distances with a probability of at least q. Where n is
    too small for that (below 19 for 0.95, below 99 for 0.99) the largest distance is taken, and the probability is
    n/(n + 1).

    Args:
        distances: (n, C) to the class centres of n >= 1 pictures, finite.

    Raises:
        ValueError: There is no picture, or a distance is not finite.
    """
    if distances.ndim != 2 or not len(distances) or not np.isfinite(distances).all():
        raise ValueError(f"expected finite (n, C) distances with n >= 1, got {distances.shape}")
    nearest = np.sort(distances.min(axis=1))
    return {share: float(nearest[_rank(share, len(nearest)) - 1]) for share in KEPT}


def _rank(share: KeptShare, count: int) -> int:
    """Return ⌈(n + 1)·q⌉, at most n; in whole hundredths, for 0.95 · 20 is more than 19 in floating point."""
    hundredths = round(100 * float(share))
    return min(count, math.ceil((count + 1) * hundredths / 100))
