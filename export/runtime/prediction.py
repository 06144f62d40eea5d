"""Turn a row of probabilities into a named decision."""

import numpy as np
import numpy.typing as npt

from data_tools.artifacts.model import Record


class Prediction(Record):
    """Hold the decision on one picture."""

    label: str
    confidence: float
    """Probability of `label`."""
    probabilities: dict[str, float]
    """By class name, in logit order."""


def to_prediction(probabilities: npt.NDArray[np.float32], classes: tuple[str, ...]) -> Prediction:
    """Name the most probable class.

    Args:
        probabilities: (C,), finite.
        classes: C names in logit order.
    """
    best = int(probabilities.argmax())
    values = [float(value) for value in probabilities]
    return Prediction(
        label=classes[best], confidence=values[best], probabilities=dict(zip(classes, values, strict=True))
    )
