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


def test_the_papers_steps() -> None:
    road = [learning_rate_factor(step, 70, 0, "step", milestones=[50], decay=0.1) for step in (0, 49, 50, 69)]
    assert road == pytest.approx([1, 1, 0.1, 0.1])
    cifar = [
        learning_rate_factor(step, 200, 0, "step", milestones=[60, 120, 160], decay=0.2) for step in (59, 60, 120, 199)
    ]
    assert cifar == pytest.approx([1, 0.2, 0.04, 0.008])


def test_a_short_training_still_reaches_its_learning_rate() -> None:
    assert max(learning_rate_factor(step, 8, 50, "constant") for step in range(8)) == 1
    assert learning_rate_factor(0, 1, 50, "constant") == 1


def test_a_step_outside_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"0\.\.9, got 10"):
        learning_rate_factor(10, 10, 0, "cosine")
