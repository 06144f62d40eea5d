import math

import numpy as np
import pytest

from export.quantize.degradation import degradation, divergence


@pytest.mark.parametrize("seed", range(5))
def test_against_a_loop(seed: int):
    generator = np.random.default_rng(seed)
    count = int(generator.integers(1, 40))
    fp32, int8 = (generator.dirichlet([0.5] * 3, count).astype(np.float32) for _ in range(2))
    labels = generator.integers(0, 3, count)
    right_fp32 = right_int8 = same = 0
    confidence = change = nats = 0.0
    for before, after, label in zip(fp32.tolist(), int8.tolist(), labels.tolist(), strict=True):
        first, second = before.index(max(before)), after.index(max(after))
        right_fp32 += first == label
        right_int8 += second == label
        same += first == second
        confidence += max(after) - max(before)
        nats += sum(b * math.log(b / max(a, 1e-9)) for a, b in zip(after, before, strict=True) if b > 1e-9)
        change += sum(abs(a - b) for a, b in zip(after, before, strict=True)) / 3
    found = degradation(fp32, int8, labels, "val")
    assert (found.pictures, found.part) == (count, "val")
    assert found.accuracy_fp32 == pytest.approx(right_fp32 / count)
    assert found.accuracy == pytest.approx(right_int8 / count)
    assert found.accuracy_drop == pytest.approx((right_fp32 - right_int8) / count)
    assert found.agreement == pytest.approx(same / count)
    assert found.confidence_change == pytest.approx(confidence / count, abs=1e-6)
    assert found.mean_abs_probability_change == pytest.approx(change / count, abs=1e-6)
    assert found.divergence == pytest.approx(nats / count, abs=1e-5)


def test_a_worse_int8_graph_has_a_positive_drop():
    sure = np.eye(3, dtype=np.float32)
    wrong = np.roll(sure, 1, axis=1)
    found = degradation(sure, wrong, np.arange(3), "test")
    assert (found.accuracy_drop, found.agreement, found.confidence_change) == (1, 0, 0)
    assert found.mean_abs_probability_change == pytest.approx(2 / 3)


def test_divergence():
    half, sure = np.array([[0.5, 0.5]], np.float32), np.array([[1, 0]], np.float32)
    assert divergence(half, half) == 0
    assert divergence(sure, half) == pytest.approx(math.log(2))
    assert divergence(half, sure) == pytest.approx(0.5 * math.log(0.5) + 0.5 * math.log(0.5 / 1e-9))  # finite
    third = np.full((1, 3), 1 / 3, np.float32)
    assert divergence(third, np.nextafter(third, np.float32(1))) == 0  # rounding takes it below 0
