"""Summarise predictions on one part of a data set."""

import numpy as np
import numpy.typing as npt
from pydantic import Field

from data_tools.artifacts.model import Record
from data_tools.metrics.calibration import expected_calibration_error
from data_tools.metrics.confusion import confusion_matrix
from data_tools.metrics.intervals import wilson_interval


class Share(Record):
    """Hold a proportion, its counts and its 95 % Wilson interval."""

    value: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    successes: int = Field(ge=0)
    trials: int = Field(ge=0)

    @classmethod
    def of(cls, successes: int, trials: int) -> "Share":
        """Build from counts; 0 of 0 has value 0 and the interval (0, 1)."""
        low, high = wilson_interval(successes, trials)
        value = successes / trials if trials else 0.0
        return cls(value=value, low=min(low, value), high=max(high, value), successes=successes, trials=trials)


class ClassificationMetrics(Record):
    """Hold accuracy, recall by class, the confusion matrix and the calibration error."""

    accuracy: Share
    recall: dict[str, Share] = Field(description="by class name")
    confusion: tuple[tuple[int, ...], ...] = Field(description="row = true class, column = predicted, class order")
    ece: float = Field(ge=0, le=1, description="expected calibration error, 15 bins")
    mean_confidence: float = Field(ge=0, le=1)


def classification_metrics(
    probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.int64], classes: tuple[str, ...]
) -> ClassificationMetrics:
    """Summarise predictions.

    Args:
        probabilities: (N, C).
        labels: (N,) true class indices.
        classes: C names in logit order.

    Raises:
        ValueError: N is 0, the shapes do not fit, or a probability is not finite.
    """
    if len(labels) == 0 or probabilities.shape != (len(labels), len(classes)):
        raise ValueError(
            f"expected (N, {len(classes)}) probabilities and N > 0 labels, got {probabilities.shape} and {len(labels)}"
        )
    if not np.isfinite(probabilities).all():
        raise ValueError("expected finite probabilities, got NaN or infinity; the network diverged")
    matrix = confusion_matrix(labels, probabilities.argmax(axis=1).astype(np.int64), len(classes))
    return ClassificationMetrics(
        accuracy=Share.of(int(np.trace(matrix)), int(matrix.sum())),
        recall={
            name: Share.of(int(matrix[index, index]), int(matrix[index].sum())) for index, name in enumerate(classes)
        },
        confusion=tuple(tuple(int(value) for value in row) for row in matrix),
        ece=expected_calibration_error(probabilities, labels),
        mean_confidence=float(probabilities.max(axis=1).mean()),
    )
