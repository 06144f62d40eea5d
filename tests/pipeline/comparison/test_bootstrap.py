import math

import numpy as np
import pytest

from data_tools.randomness import keyed_generator
from pipeline.comparison import bootstrap
from pipeline.comparison.bootstrap import group_sums, intervals, resampled_means, stretch, t_quantile


def test_equals_a_loop_that_draws_groups_and_pools_their_pictures() -> None:
    generator = keyed_generator("values")
    groups = [f"g{index}" for index in generator.integers(0, 7, 40)]
    values = generator.normal(size=(2, 40))
    found = resampled_means(*group_sums(values, groups), resamples=50)
    names = sorted(set(groups))
    weights = keyed_generator("comparison", "bootstrap", len(names)).multinomial(
        len(names), [1 / len(names)] * len(names), size=50
    )
    for row, drawn in zip(found, weights, strict=True):
        pool = [
            at for name, times in zip(names, drawn, strict=True) for _ in range(times) for at in range(40)
            if groups[at] == name
        ]  # fmt: skip
        assert row == pytest.approx([np.mean(values[0][pool]), np.mean(values[1][pool])])


def test_independent_pictures_get_the_normal_interval() -> None:
    values = keyed_generator("normal").normal(3.0, 2.0, size=(1, 400))
    low, high = intervals(*group_sums(values, [str(index) for index in range(400)]))
    half = 1.959964 * values.std() / math.sqrt(400)
    assert low[0] == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert high[0] == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_pictures_that_agree_within_drives_count_as_one() -> None:
    drives = keyed_generator("drives").normal(size=50)
    values = np.repeat(drives, 8)[None]
    together = intervals(*group_sums(values, [str(i // 8) for i in range(400)]))
    alone = intervals(*group_sums(drives[None], [str(i) for i in range(50)]))
    apart = intervals(*group_sums(values, [str(i) for i in range(400)]))
    widths = [float(bounds[1, 0] - bounds[0, 0]) for bounds in (together, alone, apart)]
    assert widths[0] == pytest.approx(1.96 * 2 * drives.std() / math.sqrt(50), rel=0.1)
    assert widths[1] == pytest.approx(widths[0], rel=0.1)  # names sort otherwise, so the draws differ
    assert widths[0] / widths[2] == pytest.approx(math.sqrt(8), rel=0.1)


def test_memory_is_bounded_and_the_draws_do_not_depend_on_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    sums, counts = group_sums(keyed_generator("x").normal(size=(1, 30)), [str(index) for index in range(30)])
    whole = resampled_means(sums, counts, resamples=100)
    monkeypatch.setattr(bootstrap, "_CELLS", 7 * 30)
    assert resampled_means(sums, counts, resamples=100) == pytest.approx(whole)
    assert whole.shape == (100, 1)


@pytest.mark.parametrize(
    ("freedom", "expected"),  # Abramowitz and Stegun 1964, table 26.10
    [(4, 2.776), (9, 2.262), (10, 2.228), (14, 2.145), (19, 2.093), (29, 2.045), (60, 2.000), (120, 1.980)],
)
def test_the_quantile_is_the_printed_tables(freedom: int, expected: float) -> None:
    assert t_quantile(freedom) == pytest.approx(expected, abs=1.1e-3)


def test_the_interval_is_the_percentiles_stretched_about_the_estimate() -> None:
    values = keyed_generator("skewed").exponential(size=(2, 12))
    sums, counts = group_sums(values, [str(index) for index in range(12)])
    raw = np.quantile(resampled_means(sums, counts), (0.025, 0.975), axis=0)
    factor = math.sqrt(12 / 11) * 2.201 / 1.96
    assert stretch(12) == pytest.approx(factor, rel=1e-3)
    assert intervals(sums, counts) - values.mean(axis=1) == pytest.approx(
        factor * (raw - values.mean(axis=1)), rel=1e-3
    )
    assert stretch(10_000) == pytest.approx(1, abs=1e-3)
    assert all(stretch(few) > stretch(few + 1) > 1 for few in range(10, 60))


@pytest.mark.parametrize("groups", [10, 20])
def test_without_a_true_difference_few_intervals_leave_out_0(groups: int) -> None:
    """Without the stretch it is about 10 % at 10 groups and 7 % at 20."""
    draws = 1500
    values = keyed_generator("null", groups).normal(size=(draws, groups)).repeat(3, axis=1)
    values += 0.5 * keyed_generator("pictures", groups).normal(size=values.shape)
    names = [str(index // 3) for index in range(3 * groups)]
    low, high = intervals(*group_sums(values, names), resamples=1000)
    assert 0.02 <= np.mean((low > 0) | (high < 0)) <= 0.08


def test_a_few_groups_have_no_interval() -> None:
    with pytest.raises(ValueError, match="expected 10 or more groups, got 9"):
        intervals(*group_sums(np.zeros((1, 9)), [str(index) for index in range(9)]))
