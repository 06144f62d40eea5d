"""Turn the outputs for one picture into a named decision."""

import numpy as np
import numpy.typing as npt

from data_tools.artifacts.model import Record

Row = npt.NDArray[np.float32]


class Prediction(Record):
    """Hold the decision on one picture."""

    label: str
    confidence: float
    """Probability of `label`."""
    probabilities: dict[str, float]
    """By class name, in logit order; with the variant's temperature."""
    distance: float
    """From the feature to the nearest class centre."""
    in_distribution: bool
    """Whether `distance` is within what 99 % of pictures like the validation part's keep."""


def to_prediction(probabilities: Row, distances: Row, classes: tuple[str, ...], threshold: float) -> Prediction:
    """Name the most probable class, and say whether the picture is like those the network knows.

    Args:
        probabilities: (C,), finite.
        distances: (C,), to the class centres.
        classes: C names in logit order.
        threshold: Largest distance to the nearest centre of a picture that counts as known.
    """
    best = int(probabilities.argmax())
    values = [float(value) for value in probabilities]
    nearest = float(distances.min())
    return Prediction(
        label=classes[best],
        confidence=values[best],
        probabilities=dict(zip(classes, values, strict=True)),
        distance=nearest,
        in_distribution=nearest <= threshold,
    )
