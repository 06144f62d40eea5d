"""Which pictures behind alike hashes are compared: no picture hides the copies behind it, at a bounded cost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.duplicates.linking import TRIES, link
from data_tools.duplicates.search import near_pairs
from data_tools.progress import silent

Pairs = list[tuple[int, int]]


def run(hashes: list[int], groups: list[int], shots: list[int]) -> tuple[Pairs, Pairs]:
    """Return the pairs that were compared, and those of them that show the same shot."""
    compared: Pairs = []
    found: Pairs = []

    def compare(first: int, second: int, distance: int, mirrored: bool) -> bool:
        assert first < second
        assert groups[first] != groups[second]
        assert (distance == 0) == (hashes[first] == hashes[second])
        compared.append((first, second))
        if shots[first] == shots[second]:
            found.append((first, second))
            return True
        return False

    values, known = np.array(hashes, dtype=np.uint64), np.array(groups, dtype=np.int64)
    link(near_pairs(values, 2, known_groups=known), values, known, compare, silent)
    assert len(set(found)) == len(found)
    return compared, found


def joined(found: Pairs, count: int) -> list[int]:
    """Return the least picture that each is joined with along chains."""
    root = list(range(count))
    for _ in range(count):
        for a, b in found:
            root[a] = root[b] = min(root[a], root[b])
    return root


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=2, max_size=8))
def test_of_a_few_pictures_with_one_hash_no_copy_is_missed(pictures: list[tuple[int, int]]):
    groups, shots = [group for group, _ in pictures], [shot for _, shot in pictures]
    _, found = run([7] * len(pictures), groups, shots)
    root = joined(found, len(pictures))
    for a in range(len(pictures)):
        for b in range(a):
            if groups[a] != groups[b] and shots[a] == shots[b]:
                assert root[a] == root[b], (a, b, found)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(0, 2)), min_size=2, max_size=7))
def test_of_a_few_pictures_with_near_hashes_no_copy_is_missed(pictures: list[tuple[int, int, int]]):
    hashes = [6 + value for value, _, _ in pictures]
    groups, shots = [group for _, group, _ in pictures], [shot for _, _, shot in pictures]
    _, found = run(hashes, groups, shots)
    linked = {picture for pair in found for picture in pair}
    for a in range(len(pictures)):
        for b in range(a):
            if groups[a] != groups[b] and shots[a] == shots[b]:
                assert {a, b} <= linked, (a, b, found)


def test_a_bystander_does_not_hide_a_cluster():
    # A picture of another shot comes first; behind it are six copies in six drives.
    _, found = run([7] * 7, [0, 0, 1, 2, 3, 4, 5], [9, 1, 1, 1, 1, 1, 1])
    assert len(set(joined(found, 7)[1:])) == 1


def test_a_bystander_does_not_hide_a_near_copy():
    assert run([6, 6, 7], [0, 0, 1], [9, 1, 1])[1] == [(1, 2)]
    assert run([6, 6, 7, 7], [0, 1, 2, 3], [8, 1, 9, 1])[1] == [(1, 3)]


def test_a_long_drive_of_other_shots_does_not_hide_a_copy():
    groups = [0] * 100 + [1, 2]
    assert (100, 101) in run([7] * 102, groups, [*range(2, 102), 1, 1])[1]


@pytest.mark.parametrize("groups", [1, 2, 40, 2000])
def test_the_work_grows_with_the_pictures_not_with_their_square(groups: int):
    count = 2000
    names = [index % groups for index in range(count)]
    assert len(run([7] * count, names, list(range(count)))[0]) <= TRIES * count
    assert len(run([7] * count, names, [0] * count)[0]) <= count
    near = [6 + index % 2 for index in range(count)]
    assert len(run(near, list(range(count)), list(range(count)))[0]) <= TRIES * count + 2 * TRIES


def test_a_hash_of_one_picture_costs_one_comparison():
    assert run([6, 7], [0, 1], [0, 1])[0] == [(0, 1)]
