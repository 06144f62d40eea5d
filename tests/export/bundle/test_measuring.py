import math

import numpy as np
import pytest

from export.bundle.measuring import metrics_of, negative_log_likelihood

GENERATOR = np.random.default_rng(3)
LABELS = np.arange(40) % 3
FP32 = (3 * np.eye(3)[LABELS] + GENERATOR.normal(0, 1.5, (40, 3))).astype(np.float32)
OTHER = (FP32 + GENERATOR.normal(0, 0.8, (40, 3))).astype(np.float32)


def naive(logits: np.ndarray, temperature: float) -> list[list[float]]:
    rows = [[math.exp(float(value) / temperature) for value in row] for row in logits]
    return [[value / sum(row) for value in row] for row in rows]


def test_metrics_are_those_of_a_plain_loop():
    found = metrics_of(OTHER, 2.0, (FP32, 1.5), LABELS)
    decisions = [row.index(max(row)) for row in OTHER.tolist()]
    reference = [row.index(max(row)) for row in FP32.tolist()]
    assert found.test_pictures == found.accuracy.trials == 40
    assert found.accuracy.successes == sum(a == b for a, b in zip(decisions, LABELS, strict=True))
    assert found.agreement_with_fp32.successes == sum(a == b for a, b in zip(decisions, reference, strict=True)) < 40
    for confidence, own, theirs in ((found.uncalibrated, 1.0, 1.0), (found.calibrated, 2.0, 1.5)):
        rows, others = naive(OTHER, own), naive(FP32, theirs)
        mean = sum(map(max, rows)) / 40
        assert confidence.mean_confidence == pytest.approx(mean, rel=1e-6)
        assert confidence.confidence_change == pytest.approx(mean - sum(map(max, others)) / 40, abs=1e-7)
        nll = -sum(math.log(row[label]) for row, label in zip(rows, LABELS, strict=True)) / 40
        assert confidence.nll == pytest.approx(nll, rel=1e-6)


def test_likelihood_of_a_certain_mistake_is_finite():
    logits = np.array([[1000.0, 0.0, 0.0]], dtype=np.float32)
    assert negative_log_likelihood(logits, 1.0, np.array([1])) == pytest.approx(1000)
    assert negative_log_likelihood(logits, 0.01, np.array([0])) == 0
