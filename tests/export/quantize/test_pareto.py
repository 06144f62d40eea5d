import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.quantize.pareto import front


@pytest.mark.parametrize(
    ("points", "kept"),
    [
        ([], []),
        ([(1, 1)], [0]),
        ([(1, 2), (2, 1), (2, 2)], [0, 1]),
        ([(2, 1), (1, 2)], [1, 0]),
        ([(1, 1), (1, 1)], [0, 1]),
        ([(1, 1), (1, 2)], [0]),
    ],
)
def test_front(points: list[tuple[float, float]], kept: list[int]):
    assert front(points) == kept


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12))
def test_every_other_point_is_beaten_by_one_of_the_front(points: list[tuple[float, float]]):
    kept = front(points)
    assert kept
    for index, (x, y) in enumerate(points):
        beaten = any(points[k][0] <= x and points[k][1] <= y and points[k] != (x, y) for k in kept)
        assert beaten is (index not in kept)
