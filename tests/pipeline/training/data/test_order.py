import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.training.data.order import balanced, repeats, shuffled


@settings(derandomize=True, deadline=None)
@given(rows=st.lists(st.integers(0, 6), min_size=1, max_size=40))
def test_repeats_count_what_came_before(rows: list[int]) -> None:
    expected = [rows[:at].count(row) for at, row in enumerate(rows)]
    assert repeats(np.array(rows)).tolist() == expected


def test_a_purpose_has_an_order_of_its_own() -> None:
    assert shuffled(30, 0, 0).tolist() != shuffled(30, 0, 0, "statistics").tolist()


def test_one_class_is_balanced_too() -> None:
    assert set(balanced([2, 2, 2], 0, 0).tolist()) <= {0, 1, 2}
