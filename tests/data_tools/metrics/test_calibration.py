"""The expected calibration error against a loop over bins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.metrics.calibration import expected_calibration_error


def naive(confidences: list[float], correct: list[bool], bins: int) -> float:
    """Walk the bins (low, high] one by one."""
    total = 0.0
    for index in range(bins):
        low, high = index / bins, (index + 1) / bins
        inside = [i for i, value in enumerate(confidences) if low < value <= high or (index == 0 and value == 0)]
        if inside:
            accuracy = sum(correct[i] for i in inside) / len(inside)
            confidence = sum(confidences[i] for i in inside) / len(inside)
            total += len(inside) / len(confidences) * abs(accuracy - confidence)
    return total


def binary(confidences: list[float], correct: list[bool]) -> tuple[np.ndarray, np.ndarray]:
    """Return two-class probabilities whose largest value is the given confidence."""
    probabilities = np.array([[value, 1 - value] for value in confidences])
    return probabilities, np.array([0 if hit else 1 for hit in correct], dtype=np.int64)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(st.integers(51, 100), st.booleans()), min_size=1, max_size=60), st.sampled_from([1, 2, 7, 15])
)
def test_against_the_loop(items: list[tuple[int, bool]], bins: int):
    confidences, correct = [value / 100 for value, _ in items], [hit for _, hit in items]
    found = expected_calibration_error(*binary(confidences, correct), bins)
    assert found == pytest.approx(naive(confidences, correct, bins), abs=1e-9)


@pytest.mark.parametrize("bins", [3, 10, 15])
def test_upper_border_belongs_to_the_bin(bins: int):
    borders = [index / bins for index in range(1, bins + 1) if index / bins > 0.5]
    for border in borders:
        confidences, correct = [border, min(1.0, border + 1e-6), border - 1e-6], [True, True, False]
        found = expected_calibration_error(*binary(confidences, correct), bins)
        assert found == pytest.approx(naive(confidences, correct, bins), abs=1e-9), border


def test_known_values():
    certain = np.eye(3)[[0, 1, 2, 0]]
    assert expected_calibration_error(certain, np.array([0, 1, 2, 0])) == 0
    assert expected_calibration_error(certain, np.array([1, 2, 0, 1])) == 1
    assert expected_calibration_error(certain, np.array([0, 1, 0, 1])) == pytest.approx(0.5)
    halves, labels = binary([0.75] * 4, [True, True, True, False])
    assert expected_calibration_error(halves, labels) == pytest.approx(0, abs=1e-12)


def test_bins_do_not_cancel_each_other():
    probabilities, labels = binary([0.6, 0.9], [True, False])
    assert expected_calibration_error(probabilities, labels, 1) == pytest.approx(0.25)
    assert expected_calibration_error(probabilities, labels, 15) == pytest.approx((0.4 + 0.9) / 2)


def test_empty_input_is_zero():
    assert expected_calibration_error(np.zeros((0, 3)), np.zeros(0, np.int64)) == 0.0


def test_precision_of_the_input_hardly_matters():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([1, 1, 1], 500)
    labels = rng.integers(0, 3, 500)
    single = expected_calibration_error(probabilities.astype(np.float32), labels)
    assert single == pytest.approx(expected_calibration_error(probabilities, labels), abs=1e-5)
