"""The data stage end to end: on folders, on a manifest and on synthetic drives."""

from pathlib import Path

import pytest

from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.config import ClassFoldersSource, DataConfig, ManifestSource, SynthSource
from data_tools.dataset.records import read_records, read_set_aside
from data_tools.dataset.stage import run
from data_tools.errors import InputError
from data_tools.images.decode import read_picture
from data_tools.synth.config import SynthConfig
from tests.data_tools.pictures import CLASSES, class_folders, encode, gradient, noise, write, write_picture


def folders_config(root: Path) -> DataConfig:
    return DataConfig(source=ClassFoldersSource(type="class_folders", path=root))


def opened(path: Path) -> DatasetArtifact:
    """Load a data set and see that every picture it lists can be read and is the size it says."""
    artifact = load_artifact(DatasetArtifact, path)
    check_payload(artifact, path.parent)
    for record in read_records(path.parent / artifact.records.path):
        picture = read_picture(artifact.root_folder(path.parent) / record.path)
        assert picture.shape == (record.height_px, record.width_px, 3)
    return artifact


def test_folders(tmp_path: Path):
    root = class_folders(tmp_path / "roads", groups=2, frames=3)
    write(root / "dry" / "dry_0" / "copy.png", (root / "dry" / "dry_0" / "0.png").read_bytes())
    write_picture(root / "wet" / "alone.png")
    write_picture(root / "wet" / "dry_1" / "0.png")
    write(root / "snow" / "text.jpg", b"text")
    write(root / "snow" / "notes.txt", b"text")
    for name in ("dry/same.png", "snow/same.png"):
        write_picture(root / name, "same")
    path = run(folders_config(root), tmp_path / "out")
    assert path == tmp_path / "out" / "dataset.json"
    assert {item.name for item in path.parent.iterdir()} == {"dataset.json", "records.csv", "set_aside.csv"}
    artifact = opened(path)
    assert artifact.root == str(root)
    assert (artifact.pictures, artifact.pictures_by_class) == (20, {"dry": 6, "wet": 8, "snow": 6})
    assert (artifact.groups, artifact.groups_by_class) == (7, {"dry": 2, "wet": 4, "snow": 2})
    assert artifact.pictures_by_source == {"roads": 20}
    assert artifact.set_aside_by_reason == {
        "exact_duplicate": 1,
        "label_conflict": 2,
        "undecodable": 1,
        "unknown_suffix": 1,
    }
    aside = read_set_aside(path.parent / artifact.set_aside.path)
    assert [row.path for row in aside] == [
        "dry/dry_0/copy.png",
        "dry/same.png",
        "snow/notes.txt",
        "snow/same.png",
        "snow/text.jpg",
    ]
    assert list(artifact.pictures_by_class) == list(CLASSES), "class order is logit order"


def test_same_pictures_give_the_same_bytes(tmp_path: Path):
    root = class_folders(tmp_path / "roads", groups=2, frames=2)
    first, second = (run(folders_config(root), tmp_path / name) for name in ("a", "b"))
    for name in ("dataset.json", "records.csv", "set_aside.csv"):
        assert (first.parent / name).read_bytes() == (second.parent / name).read_bytes()


def test_manifest(tmp_path: Path):
    rows = ["path,label,source,group"]
    for index, label in enumerate(CLASSES * 2):
        write_picture(tmp_path / "in" / f"{index}.png", index)
        rows.append(f"{index}.png,{label},{'car' if index else 'web'},g{index // 2}")
    rows.append("gone.png,dry,car,g9")
    write(tmp_path / "in" / "table.csv", "\n".join(rows).encode())
    config = DataConfig(source=ManifestSource(type="manifest", path=tmp_path / "in" / "table.csv"))
    artifact = opened(run(config, tmp_path / "out"))
    assert (artifact.pictures, artifact.pictures_by_class) == (6, dict.fromkeys(CLASSES, 2))
    assert (artifact.groups, artifact.groups_by_class) == (3, dict.fromkeys(CLASSES, 2))
    assert artifact.pictures_by_source == {"car": 5, "web": 1}
    assert artifact.set_aside_by_reason == {"missing": 1}


def test_class_order_is_the_configurations(tmp_path: Path):
    root = class_folders(tmp_path / "roads", groups=1, frames=1)
    config = DataConfig(source=ClassFoldersSource(type="class_folders", path=root), classes=("snow", "dry", "wet"))
    assert list(opened(run(config, tmp_path / "out")).pictures_by_class) == ["snow", "dry", "wet"]


def test_synthetic_drives_move_with_the_run(tmp_path: Path):
    drives = SynthConfig(drives_per_class=2, frames_per_drive=2, height=48, width=64, seed=1)
    calls: list[tuple[int, int, str]] = []
    path = run(
        DataConfig(source=SynthSource(type="synth", drives=drives)),
        tmp_path / "run" / "data",
        lambda *call: calls.append(call),
    )
    artifact = opened(path)
    assert artifact.root == "pictures"
    assert (artifact.pictures, artifact.groups) == (12, 6)
    assert artifact.pictures_by_source == {"synth": 12}
    assert artifact.set_aside_by_reason == {}
    assert calls[-1] == (12, 12, "reading pictures")
    assert (12, 12, "rendering drives") in calls
    (tmp_path / "run").rename(tmp_path / "elsewhere")
    assert opened(tmp_path / "elsewhere" / "data" / "dataset.json") == artifact


def failing(root: Path, out_dir: Path) -> str:
    with pytest.raises(InputError) as caught:
        run(folders_config(root), out_dir)
    assert "\n" not in str(caught.value)
    assert not out_dir.exists() or not any(out_dir.iterdir()), "nothing half-written may stay"
    return str(caught.value)


def test_class_without_usable_picture_names_the_reasons(tmp_path: Path):
    root = class_folders(tmp_path / "roads", groups=1, frames=1, classes=("dry", "wet"))
    write(root / "snow" / "a.jpg", b"text")
    write(root / "snow" / "b.jpg", encode(gradient(), ".jpg")[:-100])
    write(root / "snow" / "c.png", encode(noise("c", height=1, width=1), ".png"))
    text = failing(root, tmp_path / "out")
    assert text == (
        f"{root}: no usable picture of snow (3 files set aside; too_small: 1, truncated: 1, undecodable: 1)"
    )


def test_conflicting_labels_can_empty_a_class(tmp_path: Path):
    root = tmp_path / "roads"
    for name in ("dry/a.png", "wet/a.png"):
        write_picture(root / name, "same")
    write_picture(root / "snow/a.png")
    assert "no usable picture of dry, wet (2 files set aside; label_conflict: 2)" in failing(root, tmp_path / "out")


def test_wrong_sources_leave_nothing(tmp_path: Path):
    assert "it does not exist" in failing(tmp_path / "nowhere", tmp_path / "out")
    only = class_folders(tmp_path / "only", groups=1, frames=1, classes=("dry",))
    assert "missing: wet, snow" in failing(only, tmp_path / "out")
    (only / "wet").mkdir()
    (only / "snow").mkdir()
    assert "expected pictures" in failing(only, tmp_path / "out")
