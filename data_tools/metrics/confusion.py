"""Count predictions by true and predicted class."""

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int64]


def confusion_matrix(labels: Labels, predictions: Labels, num_classes: int) -> npt.NDArray[np.int64]:
    """Count samples by (true class, predicted class).

    Args:
        labels: (N,) true class indices.
        predictions: (N,) predicted class indices.
        num_classes: C.

    Returns:
        (C, C) int64; row = true class, column = predicted class.

    Raises:
        ValueError: The lengths differ or an index is outside 0..C-1.
    """
    if labels.shape != predictions.shape or labels.ndim != 1:
        raise ValueError(f"expected two vectors of one length, got {labels.shape} and {predictions.shape}")
    for name, values in (("labels", labels), ("predictions", predictions)):
        if values.size and not (values.min() >= 0 and values.max() < num_classes):
            raise ValueError(f"{name}: expected indices in 0..{num_classes - 1}, got {values.min()}..{values.max()}")
    flat = np.bincount(labels * num_classes + predictions, minlength=num_classes * num_classes)
    return flat.reshape(num_classes, num_classes).astype(np.int64)
