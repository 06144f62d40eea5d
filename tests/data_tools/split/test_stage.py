"""The split stage: tables, protocols, the audit's last word."""

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
from data_tools.split.stage import run
from tests.data_tools.pictures import CLASSES
from tests.data_tools.split.records import drives, near, record, write_dataset

ANY = SplitConfig(tolerance=1)
"""For sets so small that one drive is more than the tolerance."""


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    with (path.parent / "assignment.csv").open(newline="", encoding="utf-8") as stream:
        return {row["path"]: row for row in csv.DictReader(stream)}


def table_of(path: Path) -> dict[str, str]:
    return {name: row["part"] for name, row in rows_of(path).items()}


def test_every_picture_is_in_one_part_and_counts_are_exact(tmp_path: Path):
    rows = drives(16, 3)
    calls = []
    path = run(
        SplitConfig(), write_dataset(tmp_path / "data", rows), tmp_path / "split", lambda *call: calls.append(call)
    )
    assert path == tmp_path / "split" / "split.json"
    assert {item.name for item in path.parent.iterdir()} == {"split.json", "assignment.csv", "ledger.csv"}
    artifact = load_artifact(SplitArtifact, path)
    check_payload(artifact, path.parent)
    parts = table_of(path)
    assert list(parts) == [row.path for row in rows]
    counted = Counter((parts[row.path], row.label) for row in rows)
    assert artifact.pictures == {part: {label: counted[part, label] for label in CLASSES} for part in PARTS}
    assert artifact.groups == {part: len({row.group for row in rows if parts[row.path] == part}) for part in PARTS}
    assert artifact.united_groups == artifact.groups
    assert (artifact.protocol, artifact.seed, artifact.classes) == ("random", 0, CLASSES)
    assert artifact.groups_in_two_parts == artifact.audit.drives_in_two_parts == 0
    assert (artifact.audit.pictures_in_parts, artifact.audit.drives_compared) == (len(rows), 48)
    assert artifact.left_out == {}
    for part in PARTS:
        assert artifact.shares[part].wanted == artifact.fractions[part]
        for label in CLASSES:
            achieved = artifact.shares[part].achieved[label]
            assert achieved == counted[part, label] / (16 * 3)
            assert achieved == pytest.approx(artifact.fractions[part], abs=0.05)
    assert calls == [(1, 2, "dealing groups to parts"), (2, 2, "auditing the split")]


def test_same_seed_same_bytes_other_seed_other_split(tmp_path: Path):
    dataset = write_dataset(tmp_path / "data", drives(16, 3))
    paths = [run(SplitConfig(seed=seed), dataset, tmp_path / name) for seed, name in ((0, "a"), (0, "b"), (1, "c"))]
    same, again, other = (
        [(path.parent / name).read_bytes() for name in ("split.json", "assignment.csv", "ledger.csv")] for path in paths
    )
    assert same == again
    assert same[1] != other[1]


def test_order_of_the_records_does_not_matter(tmp_path: Path):
    rows = drives(8, 2)
    paths = [
        run(ANY, write_dataset(tmp_path / name, order), tmp_path / f"{name}-split")
        for name, order in (("a", rows), ("b", rows[::-1]))
    ]
    assert table_of(paths[0]) == table_of(paths[1])
    assert (paths[0].parent / "ledger.csv").read_bytes() == (paths[1].parent / "ledger.csv").read_bytes()


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
    config = SplitConfig(test_sources=patterns, tolerance=0.2)
    path = run(config, write_dataset(tmp_path / "data", MIXED), tmp_path / "split")
    parts = table_of(path)
    assert {row.source for row in MIXED if parts[row.path] == "test"} == held_out
    assert {row.source for row in MIXED if parts[row.path] != "test"}.isdisjoint(held_out)
    artifact = load_artifact(SplitArtifact, path)
    assert artifact.protocol == "by_source"
    assert set(artifact.shares) == {"train", "val", "calibration"}
    kept = [row for row in MIXED if row.source not in held_out]
    for part, share in (("train", 0.8), ("val", 0.125), ("calibration", 0.075)):
        found = sum(artifact.pictures[part].values()) / len(kept)
        assert found == pytest.approx(share, abs=3 * 2 / len(kept)), part
        assert artifact.shares[part].wanted == pytest.approx(share)
        assert min(artifact.pictures[part].values()) > 0


def test_train_on_one_source_and_test_on_another(tmp_path: Path):
    rows = [row for row in MIXED if row.source != "web" or row.label != "snow"]
    config = SplitConfig(test_sources=("web",), train_sources=("*_a",), tolerance=1)
    path = run(config, write_dataset(tmp_path / "data", rows), tmp_path / "split")
    found = {(row.source, rows_of(path)[row.path]["part"]) for row in rows}
    assert found == {
        ("web", "test"),
        ("cws8262_b", ""),
        *(("cws8262_a", part) for part in ("train", "val", "calibration")),
    }
    artifact = load_artifact(SplitArtifact, path)
    assert artifact.left_out == {"source is in neither train_sources nor test_sources": 36}
    assert artifact.audit.pictures_left_out == 36
    assert artifact.pictures["test"]["snow"] == 0


@pytest.mark.parametrize(
    ("test", "train", "message"),
    [
        (("nowhere*",), (), "split.test_sources: 'nowhere*' matches no source; there are: cws8262_a, cws8262_b, web"),
        (("web", "WEB"), (), "split.test_sources: 'WEB' matches no source"),
        (("*",), (), "split.test_sources: every source (cws8262_a, cws8262_b, web) is a test source; none is left"),
        (("cws*", "web"), (), "every source"),
        (("web",), ("x",), "split.train_sources: 'x' matches no source"),
        (("web",), ("*",), "split.train_sources: 'web' is a test source too"),
    ],
)
def test_patterns_that_do_not_work(test: tuple[str, ...], train: tuple[str, ...], message: str, tmp_path: Path):
    dataset = write_dataset(tmp_path / "data", MIXED)
    with pytest.raises(InputError) as caught:
        run(SplitConfig(test_sources=test, train_sources=train), dataset, tmp_path / "split")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "split").exists()


def test_group_astride_is_refused(tmp_path: Path):
    dataset = write_dataset(tmp_path / "data", [*MIXED, record("web-dry-0", "dry", 99, "cws8262_a")])
    with pytest.raises(InputError, match="the group 'web-dry-0' has pictures of test and of other sources"):
        run(SplitConfig(test_sources=("web",)), dataset, tmp_path / "split")


def test_links_to_a_test_source_are_left_out_of_training(tmp_path: Path):
    rows = list(MIXED)
    of = {row.path: index for index, row in enumerate(rows)}
    tested, first, second, third = (
        of[f"dry/{name}.png"] for name in ("web-dry-0/0", "cws8262_a-dry-1/0", "cws8262_a-dry-2/1", "cws8262_b-dry-3/0")
    )
    rows[tested] = rows[tested]._replace(camera="c", time_s=100.0)
    rows[third] = rows[third]._replace(camera="c", time_s=160.0)
    pairs = [near(rows[tested], rows[first]), near(rows[first], rows[second])]
    dataset = write_dataset(tmp_path / "data", rows, pairs)
    path = run(SplitConfig(test_sources=("web",), tolerance=1), dataset, tmp_path / "split")
    out = {name for name, row in rows_of(path).items() if row["reason"] == "linked to a test source"}
    assert out == {rows[first].path, rows[second].path, rows[third].path}
    assert load_artifact(SplitArtifact, path).left_out == {"linked to a test source": 3}
    assert rows_of(path)[rows[tested].path]["part"] == "test"


def test_sources_that_leave_too_few_groups_name_the_class(tmp_path: Path):
    rows = [row for row in MIXED if row.source == "web" or row.label != "snow"]
    with pytest.raises(InputError, match="class 'snow' has 0 group"):
        run(SplitConfig(test_sources=("web",)), write_dataset(tmp_path / "data", rows), tmp_path / "split")


def test_too_few_groups_leave_nothing(tmp_path: Path):
    dataset = write_dataset(tmp_path / "data", drives(3, 5))
    with pytest.raises(InputError, match="class 'dry' has 3 group") as caught:
        run(SplitConfig(), dataset, tmp_path / "split")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "split").exists()


def test_a_leak_stops_the_stage_before_anything_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    dataset = write_dataset(tmp_path / "data", drives(16, 3))
    write = stage.write_assignment

    def tampered(path: Path, paths: list[str], part: list[int], *rest: object) -> None:
        write(path, paths, [(part[0] + 1) % 4, *part[1:]], *rest)

    monkeypatch.setattr(stage, "write_assignment", tampered)
    with pytest.raises(CheckFailedError, match=r"was not stored: 1 drives in two parts, .* such as dry/car-dry-0/0"):
        run(SplitConfig(), dataset, tmp_path / "split")
    assert list((tmp_path / "split").iterdir()) == []


def test_changed_or_missing_data_set(tmp_path: Path):
    dataset = write_dataset(tmp_path / "data", drives(6, 3))
    rows = read_records(tmp_path / "data" / "records.csv")
    write_records(tmp_path / "data" / "records.csv", rows[1:])
    with pytest.raises(CheckFailedError, match=r"records\.csv: changed after it was written"):
        run(SplitConfig(), dataset, tmp_path / "split")
    with pytest.raises(InputError, match="does not exist"):
        run(SplitConfig(), tmp_path / "nowhere.json", tmp_path / "split")
    assert not (tmp_path / "split").exists()


def test_likeness_through_a_source_that_is_left_out_still_unites(tmp_path: Path):
    rows = drives(8, 1, "a") + drives(2, 1, "web") + drives(2, 1, "other")
    of = {row.path: row for row in rows}
    middle = of["dry/other-dry-0/0.png"]
    ends = [of[f"dry/a-dry-{index}/0.png"] for index in (0, 1)]
    dataset = write_dataset(tmp_path / "data", rows, [near(middle, end) for end in ends])
    for seed in range(8):
        config = SplitConfig(test_sources=("web",), train_sources=("a",), tolerance=1, seed=seed)
        parts = table_of(run(config, dataset, tmp_path / str(seed)))
        assert parts[ends[0].path] == parts[ends[1].path] != ""
        assert parts[middle.path] == ""
