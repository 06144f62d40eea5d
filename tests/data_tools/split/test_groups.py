"""Groups and marks against naive comparisons of every pair."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.dataset.records import PictureRecord
from data_tools.duplicates.pairs import NearDuplicate
from data_tools.split.camera_time import marks_within, timeline
from data_tools.split.groups import unite
from tests.data_tools.split.records import near, record, table_of

GAP = 10.0
Specs = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(["", "x", "y"]), st.one_of(st.none(), st.integers(0, 120))),
    min_size=1,
    max_size=14,
)


def make(
    specs: list[tuple[int, str, int | None]], links: list[tuple[int, int]]
) -> tuple[list[PictureRecord], list[NearDuplicate]]:
    rows = [
        record(f"drive{drive}", "dry", index, camera=camera, time_s=None if time is None else float(time))
        for index, (drive, camera, time) in enumerate(specs)
    ]
    ends = [(rows[a % len(rows)], rows[b % len(rows)]) for a, b in links]
    return rows, [near(one, other) for one, other in ends if one.path != other.path]


def close(one: PictureRecord, other: PictureRecord) -> bool:
    if not one.camera or one.camera != other.camera or one.time_s is None or other.time_s is None:
        return False
    return abs(one.time_s - other.time_s) <= GAP


@settings(deadline=None, max_examples=60)
@given(Specs, st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13)), max_size=4))
def test_groups_are_the_closure_of_all_ties(specs: list[tuple[int, str, int | None]], links: list[tuple[int, int]]):
    rows, pairs = make(specs, links)
    alike = {frozenset((pair.path_a, pair.path_b)) for pair in pairs}
    root = list(range(len(rows)))
    for _ in rows:
        for i, one in enumerate(rows):
            for j, other in enumerate(rows):
                if one.group == other.group or close(one, other) or frozenset((one.path, other.path)) in alike:
                    root[i] = root[j] = min(root[i], root[j])
    with TemporaryDirectory() as folder:
        groups = unite(table_of(Path(folder), rows, pairs), GAP)
    for i in range(len(rows)):
        for j in range(len(rows)):
            assert (groups.of[i] == groups.of[j]) == (root[i] == root[j])
        assert groups.names[groups.of[i]] == min(
            row.group for row, other in zip(rows, root, strict=True) if other == root[i]
        )
        assert rows[i].group in groups.drives[groups.of[i]]


@settings(deadline=None, max_examples=60)
@given(Specs, st.lists(st.integers(-1, 3), min_size=14, max_size=14))
def test_marks_within_the_gap(specs: list[tuple[int, str, int | None]], marks: list[int]):
    rows, _ = make(specs, [])
    with TemporaryDirectory() as folder:
        line = timeline(table_of(Path(folder), rows), np.ones(len(rows), np.bool_))
    mark = np.array(marks[: len(rows)], np.int8)
    bits = marks_within(line, mark[line.order], 4, GAP)
    for position, found in zip(line.order.tolist(), bits.tolist(), strict=True):
        expected = {marks[other] for other in range(len(rows)) if close(rows[position], rows[other])} - {-1}
        assert found == sum(1 << value for value in expected)


def test_a_guard_gap_chains_and_ends_where_it_says(tmp_path: Path):
    times = [0.0, 10.0, 20.0, 30.5, 40.5]
    rows = [record(f"d{index}", "dry", 0, camera="c", time_s=time) for index, time in enumerate(times)]
    assert unite(table_of(tmp_path, rows), GAP).of.tolist() == [0, 0, 0, 1, 1]


def test_copies_tie_their_drives(tmp_path: Path):
    rows = [record(name, "dry") for name in ("a", "b", "c")]
    pair = NearDuplicate(rows[0].path, "x/copy.png", "a", "c", 0, mirrored=False, similarity=1.0)
    table = table_of(tmp_path, rows, [pair])
    assert unite(table, GAP).of.tolist() == [0, 1, 0, 0]
    assert unite(table, GAP, copies=False).of.tolist() == [0, 1, 2, -1]
