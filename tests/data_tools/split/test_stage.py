"""The split stage: tables, protocols, the leak audit."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.dataset.records import read_records, write_records
from data_tools.errors import CheckFailedError, InputError
from data_tools.split import stage
from data_tools.split.artifact import PARTS, SplitArtifact
from data_tools.split.config import SplitConfig
from data_tools.split.stage import assign, audit, run
from tests.data_tools.pictures import CLASSES
from tests.data_tools.split.records import drives, record, write_dataset


def table_of(path: Path) -> dict[str, str]:
    with (path.parent / "assignment.csv").open(newline="", encoding="utf-8") as stream:
        return {row["path"]: row["part"] for row in csv.DictReader(stream)}


def test_every_picture_is_in_one_part_and_counts_are_exact(tmp_path: Path):
    rows = drives(10, 3)
    calls = []
    path = run(
        SplitConfig(), write_dataset(tmp_path / "data", rows), tmp_path / "split", lambda *call: calls.append(call)
    )
    assert path == tmp_path / "split" / "split.json"
    assert {item.name for item in path.parent.iterdir()} == {"split.json", "assignment.csv"}
    artifact = load_artifact(SplitArtifact, path)
    check_payload(artifact, path.parent)
    parts = table_of(path)
    assert set(parts) == {row.path for row in rows}
    assert len((path.parent / "assignment.csv").read_text().splitlines()) == 1 + len(rows)
    counted = Counter((parts[row.path], row.label) for row in rows)
    assert artifact.pictures == {part: {label: counted[part, label] for label in CLASSES} for part in PARTS}
    assert artifact.groups == {part: len({row.group for row in rows if parts[row.path] == part}) for part in PARTS}
    assert (artifact.protocol, artifact.seed, artifact.classes) == ("random", 0, CLASSES)
    assert artifact.groups_in_two_parts == 0
    assert min(min(by_class.values()) for by_class in artifact.pictures.values()) > 0
    for group in {row.group for row in rows}:
        assert len({parts[row.path] for row in rows if row.group == group}) == 1
    assert calls == [(1, 1, "dealing groups to parts")]


def test_same_seed_same_bytes_other_seed_other_split(tmp_path: Path):
    dataset = write_dataset(tmp_path / "data", drives(10, 3))
    paths = [run(SplitConfig(seed=seed), dataset, tmp_path / name) for seed, name in ((0, "a"), (0, "b"), (1, "c"))]
    same, again, other = ((path.read_bytes(), (path.parent / "assignment.csv").read_bytes()) for path in paths)
    assert same == again
    assert same[1] != other[1]


def test_order_of_the_records_does_not_matter():
    rows = drives(8, 2)
    assert assign(SplitConfig(), rows, CLASSES) == assign(SplitConfig(), rows[::-1], CLASSES)


MIXED = drives(6, 2, "cws8262_a") + drives(6, 2, "cws8262_b") + drives(6, 2, "web")


@pytest.mark.parametrize(
    ("patterns", "held_out"),
    [
        (("web",), {"web"}),
        (("cws8262*",), {"cws8262_a", "cws8262_b"}),
        (("cws8262_?", "cws*"), {"cws8262_a", "cws8262_b"}),
        (("*_b", "web"), {"cws8262_b", "web"}),
    ],
)
def test_by_source_holds_out_whole_sources_and_nothing_else(
    patterns: tuple[str, ...], held_out: set[str], tmp_path: Path
):
    path = run(SplitConfig(test_sources=patterns), write_dataset(tmp_path / "data", MIXED), tmp_path / "split")
    parts = table_of(path)
    assert {row.source for row in MIXED if parts[row.path] == "test"} == held_out
    assert {row.source for row in MIXED if parts[row.path] != "test"}.isdisjoint(held_out)
    artifact = load_artifact(SplitArtifact, path)
    assert artifact.protocol == "by_source"
    kept = [row for row in MIXED if row.source not in held_out]
    for part, share in (("train", 0.8), ("val", 0.125), ("calibration", 0.075)):
        found = sum(artifact.pictures[part].values()) / len(kept)
        assert found == pytest.approx(share, abs=3 * 2 / len(kept)), part
        assert min(artifact.pictures[part].values()) > 0


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        (("nowhere*",), "'nowhere*' matches no source; there are: cws8262_a, cws8262_b, web"),
        (("web", "WEB"), "'WEB' matches no source"),
        (("*",), "every source (cws8262_a, cws8262_b, web) is a test source; none is left to train"),
        (("cws*", "web"), "every source"),
    ],
)
def test_patterns_that_hold_out_nothing_or_all(patterns: tuple[str, ...], message: str, tmp_path: Path):
    dataset = write_dataset(tmp_path / "data", MIXED)
    with pytest.raises(InputError) as caught:
        run(SplitConfig(test_sources=patterns), dataset, tmp_path / "split")
    assert str(caught.value).startswith("split.test_sources: ")
    assert message in str(caught.value)
    assert not (tmp_path / "split").exists()


def test_group_astride_is_refused():
    rows = [*MIXED, record("web-dry-0", "dry", 99, "cws8262_a")]
    with pytest.raises(InputError, match="the group 'web-dry-0' has pictures of test and of other sources"):
        assign(SplitConfig(test_sources=("web",)), rows, CLASSES)


def test_sources_that_leave_too_few_groups_name_the_class():
    rows = [row for row in MIXED if row.source == "web" or row.label != "snow"]
    with pytest.raises(InputError, match="class 'snow' has 0 group"):
        assign(SplitConfig(test_sources=("web",)), rows, CLASSES)


def test_too_few_groups_leave_nothing(tmp_path: Path):
    dataset = write_dataset(tmp_path / "data", drives(3, 5))
    with pytest.raises(InputError, match="class 'dry' has 3 group") as caught:
        run(SplitConfig(), dataset, tmp_path / "split")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "split").exists()


def test_audit_finds_a_planted_leak():
    rows = drives(6, 3)
    part_of_group = assign(SplitConfig(), rows, CLASSES)
    parts = {row.path: part_of_group[row.group] for row in rows}
    assert audit(rows, parts) == []
    for leaked in ("car-wet-1", "car-dry-4"):
        victim = next(row for row in rows if row.group == leaked)
        parts[victim.path] = next(part for part in PARTS if part != parts[victim.path])
    assert audit(rows, parts) == ["car-dry-4", "car-wet-1"]


def test_leak_stops_the_stage_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    dataset = write_dataset(tmp_path / "data", drives(6, 3))
    monkeypatch.setattr(stage, "audit", lambda *_: ["g"])
    with pytest.raises(CheckFailedError, match=r"1 group\(s\) in two parts, such as 'g'"):
        run(SplitConfig(), dataset, tmp_path / "split")
    assert not (tmp_path / "split" / "split.json").exists()
    assert not (tmp_path / "split" / "assignment.csv").exists()


def test_changed_or_missing_data_set(tmp_path: Path):
    dataset = write_dataset(tmp_path / "data", drives(6, 3))
    rows = read_records(tmp_path / "data" / "records.csv")
    write_records(tmp_path / "data" / "records.csv", rows[1:])
    with pytest.raises(CheckFailedError, match=r"records\.csv: changed after it was written"):
        run(SplitConfig(), dataset, tmp_path / "split")
    with pytest.raises(InputError, match="does not exist"):
        run(SplitConfig(), tmp_path / "nowhere.json", tmp_path / "split")
    assert not (tmp_path / "split").exists()
