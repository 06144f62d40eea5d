"""Sequences, their labels, and the state of the road in between."""

import numpy as np
import pytest

from data_tools.errors import InputError
from data_tools.synth.sequence import label_intervals, parse_sequence, total_s
from data_tools.synth.transition import RoadState, state_at

SEQUENCE = parse_sequence("dry:8, wet:6.5,snow:4,snow:2,dry:5")
PURE = {"dry": RoadState(0, 0, 0, 0), "wet": RoadState(1, 0, 1, 0), "snow": RoadState(0, 1, 0, 1)}


def test_parses_what_the_command_line_writes():
    assert SEQUENCE == (("dry", 8.0), ("wet", 6.5), ("snow", 4.0), ("snow", 2.0), ("dry", 5.0))
    assert total_s(SEQUENCE) == 25.5


@pytest.mark.parametrize("bad", ["", "dry", "dry:", "dry:x", "ice:3", "dry:8,,wet:8", "8:dry"])
def test_refuses_anything_else(bad):
    with pytest.raises(InputError, match=r"expected CONDITION:SECONDS .* got "):
        parse_sequence(bad)


def test_labels_leave_the_transitions_out():
    assert label_intervals(SEQUENCE, 2.0, label_transitions=False) == [
        (0.0, 7.0, "dry"),
        (9.0, 13.5, "wet"),
        (15.5, 18.5, "snow"),
        (18.5, 19.5, "snow"),
        (21.5, 25.5, "dry"),
    ]


def test_labels_may_change_where_the_next_condition_dominates():
    found = label_intervals(SEQUENCE, 2.0, label_transitions=True)
    assert [item[:2] for item in found] == [(0.0, 8.0), (8.0, 14.5), (14.5, 18.5), (18.5, 20.5), (20.5, 25.5)]


@pytest.mark.parametrize("transition_s", [0.3, 2.0])
def test_road_is_pure_exactly_where_it_is_labelled(transition_s):
    intervals = label_intervals(SEQUENCE, transition_s, label_transitions=False)
    for frame in range(2550):
        time_s = frame / 100
        found = [item.label for item in intervals if item.start_s <= time_s < item.end_s]
        state = state_at(SEQUENCE, transition_s, time_s)
        if found:
            assert state == PURE[found[0]]
        elif all(abs(time_s - item.end_s) > 1e-3 for item in intervals):
            assert state not in PURE.values()


def test_state_changes_smoothly():
    states = np.array([state_at(SEQUENCE, 2.0, time_s) for time_s in np.arange(0.0, 25.5, 0.02)])
    assert states.min() >= 0.0
    assert states.max() <= 1.0
    assert np.abs(np.diff(states, axis=0)).max() < 0.06


def test_snow_leaves_melt_water_and_settles_on_a_wet_road():
    melting = state_at((("snow", 5.0), ("dry", 5.0)), 2.0, 5.0)
    assert melting.snow == pytest.approx(0.5)
    assert melting.water > 0.5
    settling = state_at((("wet", 5.0), ("snow", 5.0)), 2.0, 5.0)
    assert settling == (pytest.approx(1.0), pytest.approx(0.5), pytest.approx(0.0), pytest.approx(0.0))
