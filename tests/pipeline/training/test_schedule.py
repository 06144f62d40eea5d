import math

import pytest

from pipeline.training.schedule import learning_rate_factor


def test_warm_up_is_linear_and_cosine_ends_near_zero() -> None:
    factors = [learning_rate_factor(step, 400, 50, "cosine") for step in range(400)]
    assert factors[0] == pytest.approx(1 / 50)
    assert factors[24] == pytest.approx(0.5 * 0.5 * (1 + math.cos(math.pi * 24 / 400)))
    assert factors[200] == pytest.approx(0.5)
    assert 0 < factors[-1] < 1e-4
    assert factors[50:] == sorted(factors[50:], reverse=True)


def test_constant_stays() -> None:
    assert [learning_rate_factor(step, 100, 2, "constant") for step in (0, 1, 2, 99)] == [0.5, 1, 1, 1]


def test_a_short_training_still_reaches_its_learning_rate() -> None:
    assert max(learning_rate_factor(step, 8, 50, "constant") for step in range(8)) == 1
    assert learning_rate_factor(0, 1, 50, "constant") == 1


def test_a_step_outside_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"0\.\.9, got 10"):
        learning_rate_factor(10, 10, 0, "cosine")
