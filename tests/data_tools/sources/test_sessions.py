"""Pauses part drives; a pause is never shorter inside a drive than between two."""

from itertools import pairwise

import pytest

from data_tools.randomness import keyed_generator
from data_tools.sources.sessions import session_starts


@pytest.mark.parametrize("run", range(5))
def test_pauses_part_and_nothing_else_does(run: int):
    times = keyed_generator("tests", "sessions", run).uniform(0, 1000, 200).tolist()
    starts = session_starts(times, 10.0)
    assert set(starts) == set(times)
    for before, after in pairwise(sorted(times)):
        assert (starts[before] == starts[after]) == (after - before <= 10.0)
    assert all(start <= time for time, start in starts.items())


def test_empty_and_repeated_times():
    assert session_starts([], 1.0) == {}
    assert session_starts([5.0, 5.0, 4.0, 20.0, 6.5], 1.0) == {4.0: 4.0, 5.0: 4.0, 6.5: 6.5, 20.0: 20.0}
