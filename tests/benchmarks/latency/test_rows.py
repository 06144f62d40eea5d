import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.latency.measure import Probe
from benchmarks.latency.rows import latency_rows, percentile_ms


def naive_percentile(samples: list[float], percent: float) -> float:
    """Interpolate between the two neighbours of rank (n - 1) · p."""
    ordered = sorted(samples)
    rank = (len(ordered) - 1) * percent / 100
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


@given(st.lists(st.floats(0.001, 1e4), min_size=1, max_size=40), st.sampled_from([50, 90, 99]))
def test_percentile_is_the_naive_one(samples: list[float], percent: int):
    assert percentile_ms(samples, percent) == pytest.approx(naive_percentile(samples, percent), rel=1e-9)


def test_percentile_by_hand():
    assert percentile_ms([4.0, 1.0, 3.0, 2.0], 50) == 2.5
    assert percentile_ms(list(range(101)), 99) == 99


def test_rows_and_ratios_stay_within_their_mode():
    probes = [Probe(name, mode, lambda: None) for name in ("fp32", "int8") for mode in ("model_only", "end_to_end")]
    rows = latency_rows(probes, [(2.0, 4.0), (10.0, 10.0), (1.5, 1.5), (5.0, 20.0)], "fp32")
    assert [(row.variant, row.mode) for row in rows] == [(probe.variant, probe.mode) for probe in probes]
    assert [row.p50_ms for row in rows] == [3.0, 10.0, 1.5, 12.5]
    assert [row.min_ms for row in rows] == [2.0, 10.0, 1.5, 5.0]
    assert [row.ratio_to_reference for row in rows] == [1.0, 1.0, 0.5, 1.25]
    assert rows[0].samples_ms == (2.0, 4.0)
