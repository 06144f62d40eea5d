import math

import numpy as np
import pytest

from data_tools.randomness import keyed_generator
from pipeline.comparison import bootstrap
from pipeline.comparison.bootstrap import group_sums, percentile_intervals, resampled_means


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
    low, high = percentile_intervals(resampled_means(*group_sums(values, [str(index) for index in range(400)])))
    half = 1.959964 * values.std() / math.sqrt(400)
    assert low[0] == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert high[0] == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_pictures_that_agree_within_drives_count_as_one() -> None:
    drives = keyed_generator("drives").normal(size=50)
    values = np.repeat(drives, 8)[None]
    together = percentile_intervals(resampled_means(*group_sums(values, [str(i // 8) for i in range(400)])))
    alone = percentile_intervals(resampled_means(*group_sums(drives[None], [str(i) for i in range(50)])))
    apart = percentile_intervals(resampled_means(*group_sums(values, [str(i) for i in range(400)])))
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
