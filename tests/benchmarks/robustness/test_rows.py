import statistics

import pytest

from benchmarks.robustness.conditions import Condition
from benchmarks.robustness.rows import robustness_row
from data_tools.metrics.intervals import wilson_interval


def test_mean_spread_and_interval():
    row = robustness_row("int8", Condition("occlusion", 5.0, 3), [7, 8, 10], 10)
    assert row.accuracy_by_run == (0.7, 0.8, 1.0)
    assert row.accuracy_mean == pytest.approx(25 / 30)
    assert row.accuracy_std == pytest.approx(statistics.stdev([0.7, 0.8, 1.0]))
    assert (row.low, row.high) == wilson_interval(8, 10)


def test_one_run_has_no_spread():
    row = robustness_row("fp32", Condition("clean", 0.0, 1), [10], 10)
    assert (row.accuracy_mean, row.accuracy_std) == (1.0, 0.0)
    assert (row.low, row.high) == wilson_interval(10, 10)
