"""Measure how far confidence is from accuracy."""

import numpy as np
import numpy.typing as npt


def expected_calibration_error(
    probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.int64], bins: int = 15
) -> float:
    """Compute the expected calibration error (Guo et al. 2017, Eq. 3) with equal-width bins.

    Args:
        probabilities: (N, C), rows sum to 1.
        labels: (N,) true class indices.
        bins: Number of confidence bins over (0, 1].

    Returns:
        Sum over bins of (bin share) · |accuracy − mean confidence|; 0 for N = 0.
    """
    if len(labels) == 0:
        return 0.0
    confidence = probabilities.max(axis=1).astype(np.float64)
    correct = (probabilities.argmax(axis=1) == labels).astype(np.float64)
    index = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gap = np.bincount(index, correct, bins) - np.bincount(index, confidence, bins)
    return float(np.abs(gap).sum() / len(labels))
