"""Compare a variant with its fp32 parent."""

import numpy as np
import numpy.typing as npt

from data_tools.metrics.calibration import expected_calibration_error
from export.artifact import Degradation

Scores = npt.NDArray[np.float32]
_FLOOR = 1e-9


def degradation(fp32: Scores, found: Scores, labels: npt.NDArray[np.int64], part: str) -> Degradation:
    """Measure what a lower precision changed.

    Args:
        fp32: (N, C) probabilities.
        found: (N, C) probabilities of the same pictures by the variant.
        labels: (N,) true class indices.
        part: Name of the part, for the record.
    """
    accuracy_fp32 = float((fp32.argmax(axis=1) == labels).mean())
    accuracy = float((found.argmax(axis=1) == labels).mean())
    return Degradation(
        pictures=len(labels),
        part=part,
        accuracy_fp32=accuracy_fp32,
        accuracy=accuracy,
        accuracy_drop=accuracy_fp32 - accuracy,
        agreement=float((fp32.argmax(axis=1) == found.argmax(axis=1)).mean()),
        confidence_change=float(found.max(axis=1).mean() - fp32.max(axis=1).mean()),
        ece_change=expected_calibration_error(found, labels) - expected_calibration_error(fp32, labels),
        mean_abs_probability_change=float(np.abs(found - fp32).mean()),
        divergence=divergence(fp32, found),
    )


def divergence(fp32: Scores, found: Scores) -> float:
    """Return the mean of Σ p·ln(p / q) over pictures, in nats; it moves before any predicted class does.

    Args:
        fp32: (N, C) probabilities p.
        found: (N, C) probabilities q; p and q count as at least 1e-9.
    """
    p, q = (np.maximum(item.astype(np.float64), _FLOOR) for item in (fp32, found))
    # Rounding of rows that should sum to 1 may take the sum below 0, which the divergence never is.
    return max(0.0, float((p * np.log(p / q)).sum(axis=1).mean()))
