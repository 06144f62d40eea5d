import numpy as np
import pytest

from export.quantize.degradation import degradation


@pytest.mark.parametrize("seed", range(5))
def test_against_a_loop(seed: int):
    generator = np.random.default_rng(seed)
    count = int(generator.integers(1, 40))
    fp32, int8 = (generator.dirichlet([0.5] * 3, count).astype(np.float32) for _ in range(2))
    labels = generator.integers(0, 3, count)
    right_fp32 = right_int8 = same = 0
    confidence = change = 0.0
    for before, after, label in zip(fp32.tolist(), int8.tolist(), labels.tolist(), strict=True):
        first, second = before.index(max(before)), after.index(max(after))
        right_fp32 += first == label
        right_int8 += second == label
        same += first == second
        confidence += max(after) - max(before)
        change += sum(abs(a - b) for a, b in zip(after, before, strict=True)) / 3
    found = degradation(fp32, int8, labels, "val")
    assert (found.pictures, found.part) == (count, "val")
    assert found.accuracy_fp32 == pytest.approx(right_fp32 / count)
    assert found.accuracy_int8 == pytest.approx(right_int8 / count)
    assert found.accuracy_drop == pytest.approx((right_fp32 - right_int8) / count)
    assert found.agreement == pytest.approx(same / count)
    assert found.confidence_change == pytest.approx(confidence / count, abs=1e-6)
    assert found.mean_abs_probability_change == pytest.approx(change / count, abs=1e-6)


def test_a_worse_int8_graph_has_a_positive_drop():
    sure = np.eye(3, dtype=np.float32)
    wrong = np.roll(sure, 1, axis=1)
    found = degradation(sure, wrong, np.arange(3), "test")
    assert (found.accuracy_drop, found.agreement, found.confidence_change) == (1, 0, 0)
    assert found.mean_abs_probability_change == pytest.approx(2 / 3)
