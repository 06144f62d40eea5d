"""The data stage on videos, on several sources at once, and with a label map."""

from pathlib import Path

import pytest

from data_tools.dataset.records import read_records
from data_tools.dataset.stage import run
from tests.data_tools.dataset.builds import contents, data_config, folders_config, opened, scene_video
from tests.data_tools.pictures import CLASSES, class_folders, encode, noise, write
from tests.data_tools.sources.archives import write_zip
from tests.data_tools.sources.videos import write_labels


def drive(folder: Path, name: str) -> Path:
    """Write a labelled video of 3 s at 4 pictures a second."""
    video = scene_video(folder / f"{name}.avi", 12, 4)
    write_labels(folder / f"{name}.labels.csv", (0, 1, "dry"), (1, 2, "wet"), (2, 2.5, "snow"))
    return video


def zipped(path: Path) -> Path:
    return write_zip(
        path, {f"{label}/d1/{i}.png": encode(noise(label, i), ".png") for label in CLASSES for i in range(2)}
    )


def test_video(tmp_path: Path):
    write(tmp_path / "in" / "drives.csv", b"video,drive,camera,source,started_at_s\ntour.avi,d7,front,pilot,100\n")
    config = data_config({"type": "drive_video", "path": drive(tmp_path / "in", "tour"), "fps": 4})
    path = run(config, tmp_path / "out")
    artifact = opened(path)
    assert artifact.roots == {"": "pictures"}
    assert artifact.pictures_by_class == {"dry": 4, "wet": 4, "snow": 2}
    assert artifact.pictures_by_source == {"pilot": 10}
    assert artifact.skipped == {"frames without a label": 2}
    records = read_records(path.parent / "records.csv")
    assert [record.time_s for record in records] == [100 + index / 4 for index in range(10)]
    assert {(record.group, record.camera) for record in records} == {("d7", "front")}


def test_video_frames_of_another_rate_stay_behind(tmp_path: Path):
    video = drive(tmp_path / "in", "tour")
    for rate in (4, 2):
        config = data_config({"type": "drive_video", "path": video, "fps": rate})
        run(config, tmp_path / str(rate), work_dir=tmp_path / "work")
    fresh = run(config, tmp_path / "fresh")
    assert contents(tmp_path / "2") == contents(fresh.parent)


def test_several_sources(tmp_path: Path):
    root = class_folders(tmp_path / "roads", groups=1, frames=2)
    one, two = (drive(tmp_path / name, name) for name in ("one", "two"))
    sources = {
        "folders": {"type": "class_folders", "path": root},
        "zip": {"type": "archive", "path": zipped(tmp_path / "more.zip")},
        "video-1": {"type": "drive_video", "path": one},
        "video-2": {"type": "drive_video", "path": two},
    }
    path = run(data_config({"type": "combined", "sources": sources}), tmp_path / "run" / "data")
    artifact = opened(path)
    assert artifact.roots.keys() == sources.keys()
    assert artifact.roots["folders"] == str(root)
    assert artifact.roots["zip"].startswith("pictures/zip-more-")
    assert artifact.roots["video-1"] == artifact.roots["video-2"] == "pictures"
    assert artifact.pictures_by_source == {"roads": 6, "more": 6, "one": 3, "two": 3}
    assert artifact.pictures_by_class == dict.fromkeys(CLASSES, 6)
    assert len(list((path.parent / "pictures").iterdir())) == 3
    (tmp_path / "run").rename(tmp_path / "moved")
    assert opened(tmp_path / "moved" / "data" / "dataset.json") == artifact


@pytest.mark.parametrize("as_file", [False, True])
def test_label_map(as_file: bool, tmp_path: Path):
    root = class_folders(tmp_path / "roads", groups=1, frames=2, classes=("dry", "wet_mud", "wet_grass", "ice", "sand"))
    labels: object = {"wet_*": "wet", "ice": "snow", "ignore": ["sand"]}
    if as_file:
        labels = str(write(tmp_path / "labels.yaml", b"wet_*: wet\nice: snow\nignore: [sand]\n"))
    path = run(folders_config(root, labels=labels), tmp_path / "out")
    artifact = opened(path)
    assert artifact.pictures_by_class == {"dry": 2, "wet": 4, "snow": 2}
    assert artifact.skipped == {"pictures with the ignored label 'sand'": 2}
    told = {(row.path.split("/")[0], row.label, row.source_label) for row in read_records(path.parent / "records.csv")}
    assert told == {
        ("dry", "dry", ""),
        ("ice", "snow", "ice"),
        ("wet_grass", "wet", "wet_grass"),
        ("wet_mud", "wet", "wet_mud"),
    }
