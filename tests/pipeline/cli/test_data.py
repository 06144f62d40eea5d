"""The data commands: a labelled video to a split, growth, strictness, checks of sources and of built data sets."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from data_tools.artifacts.model import load_artifact
from data_tools.dataset.artifact import DatasetArtifact
from tests.data_tools.pictures import class_folders, encode, noise, write
from tests.pipeline.cli.conftest import Result

Cli = Callable[..., Result]
SEQUENCE = "dry:4,wet:3,snow:4"
"""With the default transition of 2 s, centred on the borders: dry [0, 3), wet [5, 6), snow [8, 11)."""
PER_VIDEO = {"dry": 6, "wet": 2, "snow": 6}
"""At 2 pictures a second."""


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from data_tools.synth.sequence import parse_sequence
    from data_tools.synth.video import write_video
    from data_tools.synth.video_config import VideoConfig

    folder = tmp_path_factory.mktemp("videos") / "drives"
    config = VideoConfig(sequence=parse_sequence(SEQUENCE), fps=4, drives=10, height=64, width=80)
    write_video(config, folder)
    return folder


def test_labelled_video_to_a_split_by_drive_with_exact_counts(roadgrip: Cli, videos: Path, tmp_path: Path) -> None:
    intervals = [(row["start_s"], row["end_s"], row["label"]) for row in rows(videos / "drive_000.labels.csv")]
    assert intervals == [("0.0", "3.0", "dry"), ("5.0", "6.0", "wet"), ("8.0", "11.0", "snow")]
    built = roadgrip("data", "build", videos, "--set", "data.source.fps=2", "--out", tmp_path / "data")
    assert built.code == 0, built.err
    records = rows(tmp_path / "data" / "records.csv")
    counts = Counter((row["group"], row["label"]) for row in records)
    drives = [f"drive_{index:03d}" for index in range(10)]
    assert counts == {(drive, label): count for drive in drives for label, count in PER_VIDEO.items()}
    dataset = load_artifact(DatasetArtifact, tmp_path / "data" / "dataset.json")
    assert dataset.skipped == {"frames without a label": 10 * (22 - sum(PER_VIDEO.values()))}
    assert roadgrip("data", "split", tmp_path / "data" / "dataset.json", "--out", tmp_path / "split").code == 0
    part_of = {row["path"]: row["part"] for row in rows(tmp_path / "split" / "assignment.csv")}
    parts_of_drive = {drive: {part_of[row["path"]] for row in records if row["group"] == drive} for drive in drives}
    assert all(len(parts) == 1 for parts in parts_of_drive.values())
    assert set().union(*parts_of_drive.values()) == {"train", "val", "calibration", "test"}


def test_a_split_that_grew_moves_no_old_picture(roadgrip: Cli, tmp_path: Path) -> None:
    root = class_folders(tmp_path / "roads", groups=10, frames=2)
    assert roadgrip("data", "build", root, "--out", tmp_path / "a").code == 0
    assert roadgrip("data", "split", tmp_path / "a" / "dataset.json", "--out", tmp_path / "sa").code == 0
    class_folders(root, groups=17, frames=2)
    assert roadgrip("data", "build", root, "--out", tmp_path / "b").code == 0
    keep = ("--keep", tmp_path / "sa" / "split.json")
    assert roadgrip("data", "split", tmp_path / "b" / "dataset.json", "--out", tmp_path / "sb", *keep).code == 0
    before, after = (
        {row["path"]: row["part"] for row in rows(tmp_path / name / "assignment.csv")} for name in ("sa", "sb")
    )
    assert (len(before), len(after)) == (60, 102)
    assert {path: after[path] for path in before} == before


def test_strict_build_writes_nothing(roadgrip: Cli, tmp_path: Path) -> None:
    root = class_folders(tmp_path / "roads")
    write(root / "dry" / "note.jpg", b"not a picture")
    result = roadgrip("data", "build", root, "--out", tmp_path / "out", "--strict")
    assert result.code == 1
    assert result.error.endswith("--strict allows no quarantined file (unreadable: 1)")
    assert not (tmp_path / "out").exists()
    assert roadgrip("data", "build", root, "--out", tmp_path / "out").code == 0
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_check_of_a_source_and_of_what_was_built_from_it_agree(roadgrip: Cli, tmp_path: Path) -> None:
    root = class_folders(tmp_path / "roads")
    write(root / "dry" / "dry_0" / "flat.png", encode(np.full((40, 50, 3), 90, np.uint8), ".png"))
    write(root / "wet" / "wet_1" / "copy.png", (root / "wet" / "wet_0" / "0.png").read_bytes())
    found = {}
    assert roadgrip("data", "build", root, "--out", tmp_path / "data").code == 0
    for name, source in (("source", root), ("built", tmp_path / "data" / "dataset.json")):
        result = roadgrip("data", "check", source, "--json", tmp_path / f"{name}.json")
        assert result.code == 0, result.err
        found[name] = json.loads((tmp_path / f"{name}.json").read_text())
    assert found["source"] == found["built"]
    assert found["built"]["quarantined_by_issue"] == {"exact_duplicate": 1, "low_information": 1}
    assert not (root / "issues.csv").exists()


def test_gallery_is_drawn(roadgrip: Cli, tmp_path: Path) -> None:
    root = class_folders(tmp_path / "roads")
    write(root / "dry" / "dry_0" / "dark.png", encode(noise("dark") // 20, ".png"))
    assert roadgrip("data", "check", root, "--gallery", tmp_path / "sheets").code == 0
    sheet = cv2.imread(str(tmp_path / "sheets" / "dark.png"))
    assert sheet.shape[1] == 1200


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "expected SOURCE, or a --config whose data section names one"),
        (("roads", "--cache", "big"), "--cache big: expected HEIGHTxWIDTH in pixels, such as 224x224"),
        (("roads", "--engine", "spark"), "--engine spark: expected local or ray"),
        (("roads", "--set", "split.seed=1"), "--set split.seed=1: expected a key of this command's section, data.…"),
        (("roads", "--set", "data.checks.dark.action=delete"), "checks.dark.action: expected 'quarantine', "),
        (("roads", "--set", "data.chekcs={}"), "did you mean 'checks'?"),
        (("roads", "--labels", "none.yaml"), "none.yaml: expected a label map (YAML)"),
    ],
)
def test_wrong_options_are_one_line(
    roadgrip: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], expected: str
) -> None:
    class_folders(tmp_path / "roads")
    monkeypatch.chdir(tmp_path)
    result = roadgrip("data", "build", *arguments, "--out", "out")
    assert result.code == 2
    assert expected in result.error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["roads"]


def test_label_errors_need_a_built_data_set(roadgrip: Cli, tmp_path: Path) -> None:
    result = roadgrip("data", "check", class_folders(tmp_path / "roads"), "--label-errors", tmp_path / "out")
    assert result.code == 2
    assert "run `roadgrip data build` first" in result.error
