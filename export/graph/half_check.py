"""Compare the float16 graph with the fp32 one on real pictures, and refuse one that says something else."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.artifacts.model import file_ref
from data_tools.errors import CheckFailedError
from data_tools.metrics.classification import classification_metrics
from export.artifact import HalfGraph
from export.inference import Outputs
from export.quantize.degradation import degradation

MIN_AGREEMENT = 0.99
"""Share of the pictures on which float16 must predict fp32's class; one picture on the fence may always differ."""
MAX_CONFIDENCE_CHANGE = 0.01
"""Largest change of the mean confidence by float16. Both are what `quantize.budget` allows int8 by default."""


def compare_half(
    path: Path, fp32: Outputs, found: Outputs, *, labels: npt.NDArray[np.int64], classes: tuple[str, ...], part: str
) -> HalfGraph:
    """Say what float16 changed.

    Args:
        path: The float16 graph's file.
        fp32: The fp32 graph's outputs.
        found: The float16 graph's, of the same pictures.
        labels: (N,) true class indices.
        classes: Names of the classes.
        part: Name of the part that the pictures are of.

    Raises:
        CheckFailedError: A value is not finite, or more changed than rounding explains (`MIN_AGREEMENT`,
            `MAX_CONFIDENCE_CHANGE`).
    """
    pictures = f"{len(labels)} {part} pictures"
    if not all(np.isfinite(values).all() for values in found):
        raise CheckFailedError(
            f"{path.name}: expected finite values on {pictures}, got others; export.fp16: false leaves it out"
        )
    lost = degradation(fp32.probabilities, found.probabilities, labels, part)
    others = int((fp32.probabilities.argmax(axis=1) != found.probabilities.argmax(axis=1)).sum())
    allowed = max(1, int((1 - MIN_AGREEMENT) * len(labels) + 1e-9))
    if others > allowed or abs(lost.confidence_change) > MAX_CONFIDENCE_CHANGE:
        raise CheckFailedError(
            f"{path.name}: expected fp32's answers on {pictures}, got another class on {others} (allowed {allowed}) "
            f"and a mean confidence that differs by {lost.confidence_change:+.4f} (allowed {MAX_CONFIDENCE_CHANGE:g}); "
            "export.fp16: false leaves it out"
        )
    return HalfGraph(
        graph=file_ref(path, path.parent),
        degradation=lost,
        metrics=classification_metrics(found.probabilities, labels, classes),
    )
