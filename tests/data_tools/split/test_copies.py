"""Equal bytes and chains of likeness when a split is carried on: what was left out stays out."""

from pathlib import Path

import pytest

from data_tools.duplicates.pairs import NearDuplicate
from data_tools.split.config import SplitConfig
from tests.data_tools.split.records import drives, near, record
from tests.data_tools.split.test_growth import parts_of, reasons, split

BY_SOURCE = SplitConfig(test_sources=("web",), train_sources=("car",), tolerance=1)
ROWS = drives(8, 2)


def test_a_copy_that_is_linked_to_a_test_source_stays_out(tmp_path: Path):
    test = record("web-x", "dry", 0, "web", "cam", 100.0)
    out = record("car-x", "dry", 0, "car", "cam", 104.0)
    twin = record("car-x", "dry", 1)._replace(sha256=out.sha256)
    rows = [*ROWS, *drives(3, 2, "web"), test, out, twin]
    first = split(tmp_path / "first", rows, config=BY_SOURCE)
    assert (parts_of(first)[test.path], parts_of(first)[out.path]) == ("test", "")
    again = split(tmp_path / "again", rows, (), first, BY_SOURCE)
    assert parts_of(again) == parts_of(first)
    assert reasons(again) == {"linked to a test source": 1}


@pytest.mark.parametrize("backwards", [False, True])
def test_a_copy_that_bridges_two_parts_stays_out(backwards: bool, tmp_path: Path):
    first = split(tmp_path / "first", ROWS)
    train, test = (next(row for row in ROWS if parts_of(first)[row.path] == part) for part in ("train", "test"))
    copy = record("new", "dry")._replace(sha256=train.sha256)
    rows = [*ROWS, copy][:: -1 if backwards else 1]
    second = split(tmp_path / "second", rows, [near(copy, test)], first)
    third = split(tmp_path / "third", rows, [near(copy, test)], second)
    assert parts_of(third) == parts_of(second) == {**parts_of(first), copy.path: ""}


def test_a_copy_that_had_a_part_keeps_it(tmp_path: Path):
    copy = record("twin", "dry")._replace(sha256=ROWS[0].sha256)
    first = split(tmp_path / "first", [*ROWS, copy])
    home = parts_of(first)[copy.path]
    other = next(row for row in ROWS if parts_of(first)[row.path] not in {home, ""})
    new = record("new", "dry")
    second = split(tmp_path / "second", [*ROWS, copy, new], [near(new, copy), near(new, other)], first)
    assert parts_of(second) == {**parts_of(first), new.path: ""}


def test_new_copies_stand_together_wherever_the_known_picture_is_listed(tmp_path: Path):
    first = split(tmp_path / "first", ROWS)
    train, test = (next(row for row in ROWS if parts_of(first)[row.path] == part) for part in ("train", "test"))
    one, two = (record(name, "dry")._replace(sha256=train.sha256) for name in ("one", "two"))
    rest = [row for row in ROWS if row is not train]
    for place, copies in enumerate(([train, one, two], [one, train, two], [one, two, train])):
        path = split(tmp_path / str(place), [*rest, *copies], [near(one, test)], first)
        assert parts_of(path) == {**parts_of(first), one.path: "", two.path: ""}


def test_by_source_a_new_picture_joins_what_it_is_like_through_one_of_no_side(tmp_path: Path):
    hub = record("else-0", "dry", 0, "else")
    rows = [*ROWS, *drives(3, 2, "web"), hub]
    first = split(tmp_path / "first", rows, config=BY_SOURCE)
    for part in ("train", "val", "calibration"):
        known = next(row for row in ROWS if parts_of(first)[row.path] == part)
        new = [record("car-new", "dry", index) for index in range(4)]
        pairs: list[NearDuplicate] = [near(hub, known), near(hub, new[0])]
        path = split(tmp_path / part, [*rows, *new], pairs, first, BY_SOURCE)
        assert {parts_of(path)[row.path] for row in new} == {part}
