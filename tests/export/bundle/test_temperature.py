import math

import numpy as np
import pytest

from export.bundle.temperature import LIMITS, MIN_PICTURES, fit_temperature, slope, smoothed_targets


def made_up(count: int, classes: int, gain: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return logits whose labels were drawn from softmax(logits / gain), so that the right temperature is `gain`."""
    generator = np.random.default_rng(seed)
    plain = generator.normal(0, 2, (count, classes))
    labels = np.array([generator.choice(classes, p=softmax(row)) for row in plain])
    return gain * plain, labels


def softmax(row: np.ndarray) -> np.ndarray:
    powers = np.array([math.exp(value - max(row)) for value in row])
    return powers / powers.sum()


def smoothed_nll(logits: np.ndarray, labels: np.ndarray, temperature: float) -> float:
    """The objective by its definition, picture by picture."""
    count, classes = logits.shape
    rest = 1 / (count + 2)
    total = 0.0
    for row, label in zip(logits, labels, strict=True):
        log_p = [value / temperature - math.log(sum(math.exp(x / temperature) for x in row)) for value in row]
        total -= sum((1 - rest if c == label else rest / (classes - 1)) * log_p[c] for c in range(classes))
    return total / count


@pytest.mark.parametrize("gain", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("classes", [2, 3, 6])
def test_no_point_of_a_dense_grid_is_better(gain: float, classes: int):
    logits, labels = made_up(60, classes, gain)
    found = fit_temperature(logits, labels)
    assert found.basis == "fitted"
    best = smoothed_nll(logits, labels, found.value)
    grid = found.value * np.geomspace(0.2, 5, 201)
    assert best <= min(smoothed_nll(logits, labels, value) for value in grid) + 1e-12


def test_the_slope_is_that_of_the_objective():
    logits, labels = made_up(30, 3, 2.0)
    targets = smoothed_targets(labels, 3)
    np.testing.assert_allclose(targets.sum(axis=1), 1)
    for beta in (0.1, 0.7, 2.0):
        step = 1e-5
        rise = smoothed_nll(logits, labels, 1 / (beta + step)) - smoothed_nll(logits, labels, 1 / (beta - step))
        assert slope(beta, logits, targets) == pytest.approx(rise / (2 * step), rel=1e-5)


@pytest.mark.parametrize("gain", [0.2, 1.0, 5.0])
def test_finds_the_temperature_that_the_labels_were_drawn_with(gain: float):
    logits, labels = made_up(4000, 3, gain)
    assert fit_temperature(logits, labels).value == pytest.approx(gain, rel=0.1)


@pytest.mark.parametrize("factor", [3.0, 0.1])
def test_scales_with_the_logits(factor: float):
    logits, labels = made_up(200, 4, 1.5)
    one, other = fit_temperature(logits, labels), fit_temperature(factor * logits, labels)
    assert other.value == pytest.approx(factor * one.value, rel=2e-6)


def test_a_constant_for_every_class_changes_nothing():
    logits, labels = made_up(100, 3, 1.5)
    shifted = logits + np.random.default_rng(1).normal(0, 1000, (100, 1))
    assert fit_temperature(shifted, labels).value == pytest.approx(fit_temperature(logits, labels).value, rel=1e-5)


@pytest.mark.parametrize("count", [20, 200, 2000])
def test_pictures_that_are_all_right_do_not_ask_for_certainty(count: int):
    labels = np.arange(count) % 3
    found = fit_temperature(8 * np.eye(3)[labels], labels)
    assert found.basis == "fitted"
    confidence = softmax(8 * np.eye(3)[0] / found.value)[0]
    assert confidence == pytest.approx(1 - 1 / (count + 2), rel=1e-5)


def test_the_limits_hold():
    labels = np.arange(60) % 3
    assert fit_temperature(1e-6 * np.eye(3)[labels], labels) == (LIMITS[0], "at_limit")
    assert fit_temperature(5 * np.eye(3)[(labels + 1) % 3], labels) == (LIMITS[1], "at_limit")  # always wrong
    assert fit_temperature(np.zeros((60, 3)), labels) == (LIMITS[1], "at_limit")
    assert fit_temperature(1e30 * np.eye(3)[labels], labels) == (LIMITS[1], "at_limit")


def test_too_little_evidence_leaves_the_logits_alone():
    logits, labels = made_up(MIN_PICTURES - 1, 3, 4.0)
    assert fit_temperature(logits, labels) == (1.0, "too_few_pictures")
    assert fit_temperature(logits[:0], labels[:0]) == (1.0, "too_few_pictures")
    logits, labels = made_up(MIN_PICTURES, 3, 4.0)
    assert fit_temperature(logits, labels).basis == "fitted"
    assert fit_temperature(logits, np.zeros_like(labels)) == (1.0, "one_class")


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_wrong_input_is_refused(broken: float):
    logits, labels = made_up(30, 3, 1.0)
    with pytest.raises(ValueError, match=r"expected finite \(n, C\) logits and n labels"):
        fit_temperature(logits, labels[1:])
    logits[3, 1] = broken
    with pytest.raises(ValueError, match="finite"):
        fit_temperature(logits, labels)
