"""The Wilson interval against its defining equation and published values."""

import math
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.metrics.intervals import Z_95, wilson_interval


def roots(successes: int, trials: int, z: float) -> tuple[float, float]:
    """Solve (share - p)^2 = z^2 p (1 - p) / n for p."""
    share = successes / trials
    a, b, c = 1 + z * z / trials, -(2 * share + z * z / trials), share * share
    spread = math.sqrt(max(0.0, b * b - 4 * a * c))
    return (-b - spread) / (2 * a), (-b + spread) / (2 * a)


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 5000), st.floats(0, 1), st.floats(0.5, 4))
def test_bounds_solve_the_equation(trials: int, share: float, z: float):
    successes = round(share * trials)
    assert wilson_interval(successes, trials, z) == pytest.approx(roots(successes, trials, z), abs=1e-7)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_values(successes: int, trials: int, low: float, high: float):
    assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=5e-5)


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 300), st.integers(0, 300))
def test_interval_holds_the_share_and_mirrors(trials: int, drawn: int):
    successes = min(drawn, trials)
    low, high = wilson_interval(successes, trials)
    assert 0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1
    assert wilson_interval(trials - successes, trials) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_more_trials_narrow_it():
    widths = [high - low for low, high in (wilson_interval(n // 2, n) for n in (2, 10, 100, 1000))]
    assert widths == sorted(widths, reverse=True)


def test_quantile_and_no_trials():
    assert pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-12) == Z_95
    assert wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("successes", "trials"), [(-1, 3), (4, 3), (1, 0), (0, -1)])
def test_impossible_counts(successes: int, trials: int):
    with pytest.raises(ValueError, match=f"got {successes} of {trials}"):
        wilson_interval(successes, trials)
