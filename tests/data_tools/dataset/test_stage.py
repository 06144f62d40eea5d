"""The data stage end to end: on folders, on a manifest and on synthetic drives."""

from pathlib import Path

import numpy as np
import pytest

from data_tools.checks.issues import read_issues
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.config import CacheConfig
from data_tools.dataset.records import read_records
from data_tools.dataset.stage import run
from data_tools.duplicates.pairs import read_near_duplicates
from data_tools.errors import InputError
from data_tools.images.decode import read_picture
from tests.data_tools.dataset.builds import contents, data_config, folders_config, opened, scene
from tests.data_tools.pictures import CLASSES, class_folders, encode, gradient, noise, write, write_picture

TABLES = {"dataset.json", "records.csv", "issues.csv", "near_duplicates.csv"}
DRIVES = {"drives_per_class": 2, "frames_per_drive": 2, "height": 48, "width": 64, "seed": 1}


@pytest.fixture
def roads(tmp_path: Path) -> Path:
    """Return class folders with one of everything."""
    root = class_folders(tmp_path / "roads", groups=2, frames=3)
    write(root / "dry" / "dry_1" / "copy.png", (root / "dry" / "dry_0" / "0.png").read_bytes())
    write_picture(root / "wet" / "alone.png")
    write_picture(root / "wet" / "dry_1" / "0.png")
    write(root / "snow" / "text.jpg", b"text")
    write(root / "snow" / "notes.txt", b"text")
    write(root / "snow" / "flat.png", encode(np.full((40, 60, 3), 7, np.uint8), ".png"))
    write(root / "snow" / "near_0" / "0.png", encode(scene("near"), ".png"))
    write(root / "wet" / "near_1" / "0.jpg", encode(scene("near"), ".jpg"))
    for name in ("dry/same.png", "snow/same.png"):
        write_picture(root / name, "same")
    return root


def test_folders(roads: Path, tmp_path: Path):
    path = run(folders_config(roads), tmp_path / "out")
    assert path == tmp_path / "out" / "dataset.json"
    assert {item.name for item in path.parent.iterdir()} == TABLES
    artifact = opened(path)
    assert (artifact.roots, artifact.source_type) == ({"": str(roads)}, "class_folders")
    assert (artifact.pictures, artifact.pictures_by_class) == (22, {"dry": 6, "wet": 9, "snow": 7})
    assert list(artifact.pictures_by_class) == list(CLASSES), "class order is logit order"
    assert (artifact.groups, artifact.groups_by_class) == (9, {"dry": 2, "wet": 5, "snow": 3})
    assert artifact.pictures_by_source == {"roads": 22}
    assert artifact.quarantined_by_issue == {
        "exact_duplicate": 1,
        "label_conflict": 2,
        "low_information": 1,
        "unreadable": 2,
    }
    assert artifact.reported_by_issue == {"dark": 1, "grayscale": 1, "label_conflict": 2, "near_duplicate": 1}
    pairs = read_near_duplicates(path.parent / artifact.near_duplicates.path)
    assert [(row.path_a, row.path_b) for row in pairs] == [
        ("dry/dry_0/0.png", "dry/dry_1/copy.png"),
        ("dry/same.png", "snow/same.png"),
        ("snow/near_0/0.png", "wet/near_1/0.jpg"),
    ]


def test_tables_agree(roads: Path, tmp_path: Path):
    path = run(folders_config(roads, cache={"height": 32, "width": 32}), tmp_path / "out")
    artifact = opened(path)
    records = [record.path for record in read_records(path.parent / "records.csv")]
    issues = read_issues(path.parent / "issues.csv")
    assert records == sorted(records)
    assert issues == sorted(issues)
    aside = {row.path for row in issues if row.action == "quarantine"}
    files = {item.relative_to(roads).as_posix() for item in roads.rglob("*") if item.is_file()}
    assert aside | set(records) == files, "nothing that was offered is lost"
    assert aside.isdisjoint(records)
    assert {row.path for row in issues} <= files
    assert sum(artifact.quarantined_by_issue.values()) == len([row for row in issues if row.action == "quarantine"])


def test_same_pictures_give_the_same_bytes(roads: Path, tmp_path: Path):
    config = folders_config(roads, cache={"height": 40, "width": 32})
    first, second = (run(config, tmp_path / name, work_dir=work) for name, work in (("a", None), ("b", tmp_path / "w")))
    assert contents(first.parent) == contents(second.parent)
    assert contents(first.parent).keys() == TABLES | {"cache.csv", "cache/shard-000000.tar"}


def test_a_folder_can_be_built_again_from_the_same_work(roads: Path, tmp_path: Path):
    config = folders_config(roads, cache={"height": 40, "width": 32})
    before = contents(run(config, tmp_path / "out", work_dir=tmp_path / "work").parent)
    assert contents(run(config, tmp_path / "out", work_dir=tmp_path / "work").parent) == before


def test_cache_is_described(roads: Path, tmp_path: Path):
    cache = CacheConfig(height=40, width=32, interpolation="linear")
    artifact = opened(run(folders_config(roads, cache=cache), tmp_path / "out"))
    assert artifact.cache is not None
    assert (artifact.cache.height, artifact.cache.width, artifact.cache.interpolation) == (40, 32, "linear")
    (shard,) = artifact.cache.shards
    assert shard.size_bytes == (tmp_path / "out" / shard.path).stat().st_size


def test_parquet_is_listed(roads: Path, tmp_path: Path):
    table = pytest.importorskip("pyarrow.parquet", reason="pyarrow is in the extra `data`")
    path = run(folders_config(roads, parquet=True), tmp_path / "out")
    assert opened(path).records_parquet is not None
    names = table.read_table(path.parent / "records.parquet")["path"].to_pylist()
    assert names == [record.path for record in read_records(path.parent / "records.csv")]


def test_checks_are_kept_with_the_data_set(roads: Path, tmp_path: Path):
    config = folders_config(roads, checks={"low_information": {"action": "off"}, "dark": {"min_mean_plus_std": 0.5}})
    artifact = opened(run(config, tmp_path / "out"))
    assert artifact.checks == config.checks
    assert artifact.pictures_by_class["snow"] == 8


def manifest(folder: Path) -> Path:
    rows = ["path,label,source,group,camera,time_s"]
    for index, label in enumerate(CLASSES * 2):
        write_picture(folder / f"{index}.png", index)
        rows.append(f"{index}.png,{label},{'car' if index else 'web'},g{index // 2},front,{index / 4}")
    rows.append("gone.png,dry,car,g9,,")
    return write(folder / "table.csv", "\n".join(rows).encode())


def test_manifest(tmp_path: Path):
    path = run(data_config({"type": "manifest", "path": manifest(tmp_path / "in")}), tmp_path / "out")
    artifact = opened(path)
    assert (artifact.pictures, artifact.pictures_by_class) == (6, dict.fromkeys(CLASSES, 2))
    assert (artifact.groups, artifact.groups_by_class) == (3, dict.fromkeys(CLASSES, 2))
    assert artifact.pictures_by_source == {"car": 5, "web": 1}
    assert artifact.quarantined_by_issue == {"unreadable": 1}
    records = read_records(path.parent / "records.csv")
    assert [(row.camera, row.time_s) for row in records] == [("front", index / 4) for index in range(6)]


def test_class_order_is_the_configurations(tmp_path: Path):
    root = class_folders(tmp_path / "roads", groups=1, frames=1)
    config = folders_config(root, classes=("snow", "dry", "wet"))
    assert list(opened(run(config, tmp_path / "out")).pictures_by_class) == ["snow", "dry", "wet"]


def test_root_inside_the_result_is_relative(tmp_path: Path):
    root = class_folders(tmp_path / "out" / "roads", groups=1, frames=1)
    artifact = opened(run(folders_config(root), tmp_path / "out"))
    assert artifact.roots == {"": "roads"}
    (tmp_path / "out").rename(tmp_path / "moved")
    assert opened(tmp_path / "moved" / "dataset.json") == artifact


def test_synthetic_drives_move_with_the_run(tmp_path: Path):
    calls: list[tuple[int, int, str]] = []
    config = data_config({"type": "synth", "drives": DRIVES})
    path = run(config, tmp_path / "run" / "data", lambda *call: calls.append(call))
    artifact = opened(path)
    (root,) = artifact.roots.values()
    assert root.startswith("pictures/synth-")
    assert (artifact.pictures, artifact.groups) == (12, 6)
    assert artifact.pictures_by_source == {"synth": 12}
    assert artifact.quarantined_by_issue == {}
    assert (12, 12, "rendering drives") in calls
    assert (12, 12, "reading pictures") in calls
    assert calls.index((12, 12, "rendering drives")) < calls.index((12, 12, "reading pictures"))
    assert not (path.parent / ".work").exists()
    (tmp_path / "run").rename(tmp_path / "elsewhere")
    assert opened(tmp_path / "elsewhere" / "data" / "dataset.json") == artifact


def test_pictures_of_another_configuration_stay_behind(tmp_path: Path):
    for seed in (1, 2):
        config = data_config({"type": "synth", "drives": DRIVES | {"seed": seed}})
        path = run(config, tmp_path / str(seed), work_dir=tmp_path / "work")
        assert opened(path).pictures == 12
        assert len(list((path.parent / "pictures").iterdir())) == 1


def failing(root: Path, out_dir: Path) -> str:
    with pytest.raises(InputError) as caught:
        run(folders_config(root), out_dir)
    assert "\n" not in str(caught.value)
    assert not (out_dir / "dataset.json").exists()
    return str(caught.value)


def test_class_without_usable_picture_names_the_reasons(tmp_path: Path):
    root = class_folders(tmp_path / "roads", groups=1, frames=1, classes=("dry", "wet"))
    write(root / "snow" / "a.jpg", b"text")
    write(root / "snow" / "b.jpg", encode(gradient(), ".jpg")[:-100])
    write(root / "snow" / "c.png", encode(noise("c", height=1, width=1), ".png"))
    assert failing(root, tmp_path / "out") == (
        f"{root}: no usable picture of snow (quarantined files: too_small: 1, truncated: 1, unreadable: 1)"
    )


def test_conflicting_labels_can_empty_a_class(tmp_path: Path):
    root = tmp_path / "roads"
    for name in ("dry/a.png", "wet/a.png"):
        write_picture(root / name, "same")
    write_picture(root / "snow/a.png")
    assert "no usable picture of dry, wet (quarantined files: label_conflict: 2)" in failing(root, tmp_path / "out")


def test_wrong_sources_are_refused(tmp_path: Path):
    assert "it does not exist" in failing(tmp_path / "nowhere", tmp_path / "out")
    only = class_folders(tmp_path / "only", groups=1, frames=1, classes=("dry",))
    assert "missing: wet, snow" in failing(only, tmp_path / "out")
    (only / "wet").mkdir()
    (only / "snow").mkdir()
    assert "expected pictures" in failing(only, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_namer_reads_what_the_records_name(roads: Path, tmp_path: Path):
    path = run(folders_config(roads), tmp_path / "out")
    name = DatasetArtifact.model_validate_json(path.read_bytes()).file_namer(path.parent)
    assert np.array_equal(read_picture(name("wet/alone.png")), read_picture(roads / "wet" / "alone.png"))
