"""A split carried on: what has a part keeps it, while drives come, grow, go, come back and turn out to be alike."""

import csv
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.dataset.records import PictureRecord
from data_tools.duplicates.pairs import NearDuplicate
from data_tools.errors import CheckFailedError, InputError
from data_tools.split.artifact import PARTS
from data_tools.split.config import Fractions, SplitConfig
from data_tools.split.stage import run
from tests.data_tools.pictures import CLASSES
from tests.data_tools.split.records import drives, near, record, write_dataset

ANY = SplitConfig(tolerance=1)
GAP = ANY.guard_gap_s


def split(
    folder: Path,
    rows: Sequence[PictureRecord],
    pairs: Sequence[NearDuplicate] = (),
    previous: Path | None = None,
    config: SplitConfig = ANY,
) -> Path:
    return run(config, write_dataset(folder / "data", rows, pairs), folder / "split", previous=previous)


def parts_of(path: Path) -> dict[str, str]:
    with (path.parent / "assignment.csv").open(newline="", encoding="utf-8") as stream:
        return {row["path"]: row["part"] for row in csv.DictReader(stream)}


def reasons(path: Path) -> dict[str, int]:
    return json.loads(path.read_text())["left_out"]


def tied(one: PictureRecord, other: PictureRecord, alike: set[frozenset[str]]) -> bool:
    """Say whether two pictures look alike or one camera took them within the gap."""
    timed = one.camera and one.camera == other.camera and None not in (one.time_s, other.time_s)
    near_in_time = timed and abs((one.time_s or 0) - (other.time_s or 0)) <= GAP
    return frozenset((one.path, other.path)) in alike or bool(near_in_time)


def check_no_leak(rows: Sequence[PictureRecord], alike: set[frozenset[str]], parts: dict[str, str]) -> None:
    """Compare every pair of placed pictures, one by one."""
    placed = [row for row in rows if parts[row.path]]
    for index, one in enumerate(placed):
        for other in placed[index + 1 :]:
            if one.group == other.group or tied(one, other, alike):
                assert parts[one.path] == parts[other.path], (one, other)


def check_new(
    rows: Sequence[PictureRecord],
    alike: set[frozenset[str]],
    parts: dict[str, str],
    ledger: dict[str, str],
    drive_ledger: dict[str, str],
) -> None:
    """Walk from each new picture through new ones; see that it is left out, joins or is dealt as its ties say."""
    for start in (row for row in rows if row.path not in ledger):
        walk, met = [start], {start.path}
        touched = set()
        for here in walk:
            touched |= {drive_ledger[here.group]} if here.group in drive_ledger else set()
            for other in rows:
                if tied(here, other, alike) and other.path in ledger:
                    touched.add(ledger[other.path])
                drive = here.group == other.group and here.group not in drive_ledger
                if other.path not in ledger and other.path not in met and (drive or tied(here, other, alike)):
                    walk.append(other)
                    met.add(other.path)
        expected = set(PARTS) if not touched else touched if len(touched) == 1 else {""}
        assert parts[start.path] in expected, (start, touched)


class World:
    """Hold all pictures that could ever be offered, in drives, with cameras, times and likenesses between them."""

    def __init__(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        self.base = drives(5, 2)
        self.drives: dict[str, list[PictureRecord]] = defaultdict(list)
        for row in self.base:
            self.drives[row.group].append(row)
        for name in (f"new-{index}" for index in range(10)):
            label = CLASSES[draw.integers(3)]
            camera, start = ("cam" if draw.random() < 0.5 else ""), float(draw.integers(0, 3000))
            for index in range(int(draw.integers(1, 5))):
                self.drives[name].append(record(name, label, index, camera=camera, time_s=start + 20.0 * index))
        rows = [row for members in self.drives.values() for row in members]
        self.rows = {row.path: row for row in rows}
        chosen = draw.integers(0, len(rows), (6, 2)).tolist()
        self.pairs = [near(rows[a], rows[b]) for a, b in chosen if rows[a].group != rows[b].group]

    def offer(self, draw: np.random.Generator, keep: float) -> tuple[list[PictureRecord], list[NearDuplicate]]:
        """Return a part of the world: some drives, with some of their pictures."""
        rows = [row for row in self.base if row.path.endswith("0.png")]
        for members in self.drives.values():
            if draw.random() < keep:
                rows += members[: 1 + int(draw.integers(len(members)))]
        found = {row.path: row for row in rows}
        rows = [found[path] for path in draw.permutation(sorted(found))]
        return rows, [pair for pair in self.pairs if pair.path_a in found and pair.path_b in found]


def is_clash(rows: Sequence[PictureRecord], alike: set[frozenset[str]], ledger: dict[str, str], message: str) -> bool:
    """Say whether the two pictures of the message are known, in two parts, and tied directly."""
    named = [row for row in rows if f"{row.path} (" in message]
    if len(named) != 2 or any(row.path not in ledger for row in named):
        return False
    return ledger[named[0].path] != ledger[named[1].path] and tied(*named, alike)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_parts_last_while_the_data_set_changes(seed: int):
    draw = np.random.default_rng(seed)
    world = World(seed)
    ledger: dict[str, str] = {}
    drive_ledger: dict[str, str] = {}
    previous = None
    with TemporaryDirectory() as name:
        for step, keep in enumerate((0.3, 0.6, 0.5, 1.0, 0.8)):
            rows, pairs = world.offer(draw, keep)
            alike = {frozenset((pair.path_a, pair.path_b)) for pair in pairs}
            try:
                path = split(Path(name) / str(step), rows, pairs, previous)
            except (CheckFailedError, InputError) as error:
                failure: Exception = error
                break
            parts = parts_of(path)
            assert set(parts) == {row.path for row in rows}
            assert all(parts[row.path] == ledger.get(row.path, parts[row.path]) for row in rows)
            check_no_leak(rows, alike, parts)
            check_new(rows, alike, parts, ledger, drive_ledger)
            ledger |= {path: part for path, part in parts.items() if part}
            drive_ledger |= {row.group: parts[row.path] for row in rows if parts[row.path]}
            previous = path
        else:
            return
    if isinstance(failure, CheckFailedError):
        assert is_clash(rows, alike, ledger, str(failure)), str(failure)
    else:
        assert any(f"class '{label}'" in str(failure) for label in CLASSES)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10**6))
def test_row_order_decides_nothing(seed: int):
    world = World(seed)
    rows, pairs = world.offer(np.random.default_rng(seed), 0.5)
    more, more_pairs = world.offer(np.random.default_rng(seed + 1), 1.0)
    found = []
    with TemporaryDirectory() as name:
        for index, step in enumerate((1, -1)):
            folder = Path(name) / str(index)
            try:
                first = split(folder / "a", rows[::step], pairs[::step])
                second = split(folder / "b", more[::step], more_pairs[::step], first)
            except (CheckFailedError, InputError) as error:
                found.append(type(error).__name__)
            else:
                found.append(str(sorted(parts_of(second).items())))
    assert found[0] == found[1]


ROWS = drives(8, 2)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return split(tmp_path / "first", ROWS)


def in_part(path: Path, part: str) -> list[PictureRecord]:
    parts = parts_of(path)
    return [row for row in ROWS if parts[row.path] == part and row.label == "dry"]


def test_same_data_same_parts_and_other_new_drives_do_not_matter(first: Path, tmp_path: Path):
    again = split(tmp_path / "again", ROWS, previous=first)
    assert parts_of(again) == parts_of(first)
    grown = split(tmp_path / "grown", ROWS + drives(20, 3, "van"), previous=first)
    assert {path: part for path, part in parts_of(grown).items() if "car" in path} == parts_of(first)
    value = json.loads(grown.read_text())
    for part in PARTS:
        for achieved in value["shares"][part]["achieved"].values():
            assert achieved == pytest.approx(value["fractions"][part], abs=0.05)


@pytest.mark.parametrize("part", PARTS)
def test_a_new_drive_that_is_like_an_old_one_joins_it(part: str, first: Path, tmp_path: Path):
    new = [record("new", "dry", index) for index in range(5)]
    path = split(tmp_path / "next", ROWS + new, [near(new[2], in_part(first, part)[0])], first)
    assert {parts_of(path)[row.path] for row in new} == {part}


def test_more_pictures_of_an_old_drive_stay_with_it(first: Path, tmp_path: Path):
    more = [record(row.group, row.label, 77) for row in ROWS if row.path.endswith("/0.png")]
    parts = parts_of(split(tmp_path / "next", ROWS + more, previous=first))
    for row in more:
        assert parts[row.path] == parts[row.path.replace("77", "0")]


def test_a_new_drive_between_two_parts_is_left_out_and_counted(first: Path, tmp_path: Path):
    new = [record("new", "dry", index) for index in range(5)]
    pairs = [near(new[0], in_part(first, "train")[0]), near(new[4], in_part(first, "test")[0])]
    path = split(tmp_path / "next", ROWS + new, pairs, first)
    assert {parts_of(path)[row.path] for row in new} == {""}
    assert reasons(path) == {"bridges train and test": 5}
    assert {name: part for name, part in parts_of(path).items() if "new" not in name} == parts_of(first)


def test_a_new_picture_of_an_old_drive_that_is_like_another_part_is_left_out_alone(first: Path, tmp_path: Path):
    home, other = in_part(first, "val")[0], in_part(first, "test")[0]
    more = [record(home.group, "dry", index) for index in (50, 51)]
    path = split(tmp_path / "next", ROWS + more, [near(more[0], other)], first)
    assert (parts_of(path)[more[0].path], parts_of(path)[more[1].path]) == ("", "val")
    assert reasons(path) == {"bridges val and test": 1}


def test_old_pictures_of_two_parts_that_turn_out_alike_stop_the_split(first: Path, tmp_path: Path):
    one, other = in_part(first, "train")[0], in_part(first, "test")[0]
    with pytest.raises(CheckFailedError) as caught:
        split(tmp_path / "next", ROWS, [near(one, other)], first)
    for text in (f"{one.path} (train)", f"{other.path} (test)", "near duplicates", "split anew"):
        assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_drives_that_left_come_back_to_their_part_even_renamed(first: Path, tmp_path: Path):
    gone = {row.group for row in in_part(first, "test")} | {in_part(first, "train")[0].group}
    extra = drives(8, 2, "van")
    second = split(tmp_path / "second", [row for row in ROWS if row.group not in gone] + extra, previous=first)
    renamed = [row._replace(path=f"moved/{row.path}", group=f"moved-{row.group}") for row in ROWS if row.group in gone]
    third = split(tmp_path / "third", [row for row in ROWS if row.group not in gone] + extra + renamed, previous=second)
    for row in renamed:
        assert parts_of(third)[row.path] == parts_of(first)[row.path.removeprefix("moved/")]
    fresh = [record(name, "dry", 9) for name in sorted(gone)]
    fourth = split(tmp_path / "fourth", [row for row in ROWS if row.group not in gone] + extra + fresh, previous=second)
    for row in fresh:
        assert parts_of(fourth)[row.path] == parts_of(first)[f"dry/{row.group}/0.png"]


def test_a_copy_of_a_train_picture_in_a_test_drive_is_left_out(first: Path, tmp_path: Path):
    one, other = in_part(first, "train")[0], in_part(first, "test")[0]
    copy = record(other.group, "dry", 60)._replace(sha256=one.sha256)
    rows = [row for row in ROWS if row.path != one.path]
    path = split(tmp_path / "next", [*rows, copy], previous=first)
    assert parts_of(path)[copy.path] == ""
    assert reasons(path) == {"bridges train and test": 1}


def test_a_picture_moved_to_a_drive_of_another_part_stops_the_split(first: Path, tmp_path: Path):
    one, other = in_part(first, "train")[0], in_part(first, "test")[0]
    rows = [row._replace(group=other.group) if row.path == one.path else row for row in ROWS]
    with pytest.raises(CheckFailedError, match=f"both belong to the drive '{other.group}'"):
        split(tmp_path / "next", rows, previous=first)


def test_a_copy_that_was_set_aside_stands_for_its_drive(first: Path, tmp_path: Path):
    old = in_part(first, "test")[0]
    new = [record("new", "dry", index) for index in range(3)]
    pair = NearDuplicate(old.path, "z/copy.png", old.group, "new", 0, mirrored=False, similarity=1.0)
    path = split(tmp_path / "next", ROWS + new, [pair], first)
    assert {parts_of(path)[row.path] for row in new} == {"test"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 1}, "made with seed 0, but 1 is asked for now"),
        ({"fractions": Fractions(train=0.6, val=0.14)}, "made with fractions train 0.64, val 0.1"),
        ({"test_sources": ("car",)}, "made with test_sources none, but car is asked for now"),
    ],
)
def test_other_rules_are_refused(change: dict[str, object], message: str, first: Path, tmp_path: Path):
    config = ANY.model_copy(update=change)
    with pytest.raises(InputError) as caught:
        split(tmp_path / "next", ROWS, previous=first, config=config)
    assert message in str(caught.value)
    assert "split anew without the earlier split" in str(caught.value)


def test_a_changed_ledger_is_refused(first: Path, tmp_path: Path):
    (first.parent / "ledger.csv").write_text("kind,name,sha256,part\n")
    with pytest.raises(CheckFailedError, match=r"ledger\.csv: changed"):
        split(tmp_path / "next", ROWS, previous=first)


def test_by_source_carried_on(tmp_path: Path):
    config = SplitConfig(test_sources=("web",), tolerance=1)
    rows = drives(6, 2) + drives(3, 2, "web")
    first = split(tmp_path / "first", rows, config=config)
    train = next(row for row in rows if parts_of(first)[row.path] == "train")
    test = next(row for row in rows if row.source == "web")
    new_test, new_train = record("web-9", "dry", 0, "web"), record("car-9", "dry", 0, "car")
    pairs = [near(new_test, train), near(new_train, test)]
    path = split(tmp_path / "next", [*rows, new_test, new_train], pairs, first, config)
    assert (parts_of(path)[new_test.path], parts_of(path)[new_train.path]) == ("", "")
    assert reasons(path) == {
        "linked to a picture that an earlier split trained on": 1,
        "linked to a test source": 1,
    }
    moved = [row._replace(source="web") if row.group == train.group else row for row in rows]
    with pytest.raises(CheckFailedError, match="its source 'web' is a test source"):
        split(tmp_path / "renamed", moved, (), first, config)


def test_what_was_trained_on_cannot_come_back_as_a_test_picture(tmp_path: Path):
    config = SplitConfig(test_sources=("web",), tolerance=1)
    rows = drives(6, 2) + drives(3, 2, "web")
    first = split(tmp_path / "first", rows, config=config)
    train = next(row for row in rows if parts_of(first)[row.path] == "train")
    copy = record("web-8", "dry", 0, "web")._replace(sha256=train.sha256)
    same_drive = record(train.group, "dry", 50, "web")
    kept = [row for row in rows if row.group != train.group]
    path = split(tmp_path / "next", [*kept, copy, same_drive], (), first, config)
    assert (parts_of(path)[copy.path], parts_of(path)[same_drive.path]) == ("", "")
    assert reasons(path) == {"linked to a picture that an earlier split trained on": 2}
