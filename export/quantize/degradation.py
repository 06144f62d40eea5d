"""Compare an int8 graph with its fp32 parent."""

import numpy as np
import numpy.typing as npt

from export.artifact import Degradation

Scores = npt.NDArray[np.float32]


def degradation(fp32: Scores, int8: Scores, labels: npt.NDArray[np.int64], part: str) -> Degradation:
    """Measure what quantisation changed.

    Args:
        fp32: (N, C) probabilities.
        int8: (N, C) probabilities of the same pictures.
        labels: (N,) true class indices.
        part: Name of the part, for the record.
    """
    accuracy_fp32 = float((fp32.argmax(axis=1) == labels).mean())
    accuracy_int8 = float((int8.argmax(axis=1) == labels).mean())
    return Degradation(
        pictures=len(labels),
        part=part,
        accuracy_fp32=accuracy_fp32,
        accuracy_int8=accuracy_int8,
        accuracy_drop=accuracy_fp32 - accuracy_int8,
        agreement=float((fp32.argmax(axis=1) == int8.argmax(axis=1)).mean()),
        confidence_change=float(int8.max(axis=1).mean() - fp32.max(axis=1).mean()),
        mean_abs_probability_change=float(np.abs(int8 - fp32).mean()),
    )
