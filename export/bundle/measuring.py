"""Measure a variant: temperature and thresholds on the validation part, what they are worth on the test part."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.errors import CheckFailedError
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.metrics.calibration import expected_calibration_error
from data_tools.metrics.classification import Share
from data_tools.progress import Progress, silent
from data_tools.split.artifact import Sample
from export.bundle.conformal import distance_thresholds
from export.bundle.temperature import Temperature, fit_temperature
from export.inference import labels_of, run_graph
from export.runtime.manifest import Confidence, KeptShare, VariantMetrics
from export.runtime.outputs import Scores, with_temperature

Labels = npt.NDArray[np.int64]


class Parts(NamedTuple):
    """Hold the pictures that decide (val) and those that only judge (test)."""

    val: Sequence[Sample]
    test: Sequence[Sample]


class Measured(NamedTuple):
    """Hold what a variant's pictures say, with the logits on the test part for the variants compared with it."""

    temperature: Temperature
    validation_pictures: int
    thresholds: dict[KeptShare, float]
    test_logits: Scores
    metrics: VariantMetrics


def measure_variant(
    path: Path, parts: Parts, spec: PreprocessingSpec, fp32: Measured | None, progress: Progress = silent
) -> Measured:
    """Run a graph over both parts, fit what the validation part decides, and judge it on the test part.

    Args:
        path: The graph.
        parts: Validation and test pictures, at least one of each.
        spec: What the graph takes.
        fp32: The same of the fp32 graph; None for itself.
        progress: Receives the count of pictures done.

    Raises:
        CheckFailedError: ONNX Runtime refuses the graph, or an output is not finite.
    """
    val = run_graph(path, parts.val, spec, progress)
    test = run_graph(path, parts.test, spec, progress)
    for outputs in (val, test):
        if not all(np.isfinite(values).all() for values in outputs):
            raise CheckFailedError(f"{path}: gives outputs that are not finite; export it anew")
    temperature = fit_temperature(val.logits, labels_of(parts.val))
    reference = (fp32.test_logits, fp32.temperature.value) if fp32 else (test.logits, temperature.value)
    return Measured(
        temperature,
        len(parts.val),
        distance_thresholds(val.distance),
        test.logits,
        metrics_of(test.logits, temperature.value, reference, labels_of(parts.test)),
    )


def metrics_of(logits: Scores, temperature: float, fp32: tuple[Scores, float], labels: Labels) -> VariantMetrics:
    """Summarise logits before and after the temperature, and beside fp32's.

    Args:
        logits: (N, C).
        temperature: The variant's.
        fp32: The logits of the same pictures, (N, C), and the temperature of fp32.
        labels: (N,) true class indices.
    """
    decisions, reference = logits.argmax(axis=1), fp32[0].argmax(axis=1)
    return VariantMetrics(
        test_pictures=len(labels),
        accuracy=Share.of(int((decisions == labels).sum()), len(labels)),
        agreement_with_fp32=Share.of(int((decisions == reference).sum()), len(labels)),
        uncalibrated=_confidence(logits, 1.0, (fp32[0], 1.0), labels),
        calibrated=_confidence(logits, temperature, fp32, labels),
    )


def negative_log_likelihood(logits: Scores, temperature: float, labels: Labels) -> float:
    """Return the mean of −log softmax(logits / T) of the true class, nats."""
    scaled = logits.astype(np.float64) / temperature
    shifted = scaled - scaled.max(axis=1, keepdims=True)
    true = np.take_along_axis(shifted, labels[:, None], axis=1)[:, 0]
    return float((np.log(np.exp(shifted).sum(axis=1)) - true).mean())


def _confidence(logits: Scores, temperature: float, fp32: tuple[Scores, float], labels: Labels) -> Confidence:
    """Say how far softmax(logits / T) can be believed."""
    probabilities = with_temperature(logits, temperature)
    mean = _mean_confidence(probabilities)
    return Confidence(
        ece=expected_calibration_error(probabilities, labels),
        nll=negative_log_likelihood(logits, temperature, labels),
        mean_confidence=mean,
        confidence_change=mean - _mean_confidence(with_temperature(*fp32)),
    )


def _mean_confidence(probabilities: Scores) -> float:
    """Return the mean of the largest probability, in [0, 1]."""
    return min(1.0, float(probabilities.max(axis=1).astype(np.float64).mean()))
