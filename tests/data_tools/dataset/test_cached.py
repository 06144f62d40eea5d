"""The cached pictures of a data set: found by path, refused when something is amiss."""

import os
from pathlib import Path

import numpy as np
import pytest

from data_tools.artifacts.model import load_artifact
from data_tools.cache.index import read_index, write_index
from data_tools.cache.reader import read_at_size
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.cached import read_cache
from data_tools.dataset.stage import run
from data_tools.errors import CheckFailedError, InputError
from data_tools.images.preprocessing import PreprocessingSpec
from tests.data_tools.dataset.builds import folders_config
from tests.data_tools.pictures import class_folders, write

SPEC = PreprocessingSpec(height=40, width=32, interpolation="supersampled")


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return dataset.json of 12 pictures in three shards, one of them unreadable and one twice."""
    monkeypatch.setattr("data_tools.dataset.inspect_all.SHARD_PICTURES", 5)
    root = class_folders(tmp_path / "roads", groups=2, frames=2)
    write(root / "dry" / "broken.png", b"x")
    write(root / "snow" / "snow_1" / "copy.png", (root / "dry/dry_0/0.png").read_bytes())
    config = folders_config(root, cache={"height": 40, "width": 32}, checks={"label_conflict": {"action": "report"}})
    return run(config, tmp_path / "out")


def test_every_record_is_there_with_its_own_pixels(built: Path):
    artifact = load_artifact(DatasetArtifact, built)
    found = read_cache(artifact, built.parent)
    assert len(found) == artifact.pictures == 12
    assert len({item.shard for item in found.values()}) == 3
    name = artifact.file_namer(built.parent)
    for path, cached in found.items():
        assert (cached.height, cached.width, cached.interpolation) == (40, 32, "supersampled")
        assert np.array_equal(read_at_size(Path("unused"), cached, SPEC), read_at_size(name(path), None, SPEC)), path


def test_data_set_without_a_cache(tmp_path: Path):
    path = run(folders_config(class_folders(tmp_path / "roads", groups=1, frames=1)), tmp_path / "out")
    assert read_cache(load_artifact(DatasetArtifact, path), path.parent) == {}


def test_missing_and_cut_shards_are_named(built: Path):
    artifact = load_artifact(DatasetArtifact, built)
    shard = built.parent / "cache" / "shard-000001.tar"
    os.truncate(shard, shard.stat().st_size - 512)
    with pytest.raises(CheckFailedError, match=r"shard-000001\.tar: missing or cut off"):
        read_cache(artifact, built.parent)
    shard.unlink()
    with pytest.raises(CheckFailedError, match=r"shard-000001\.tar: missing or cut off"):
        read_cache(artifact, built.parent)


def test_index_that_names_another_shard_is_refused(built: Path):
    index = built.parent / "cache.csv"
    rows = read_index(index)
    write_index(index, [*rows[:-1], rows[-1]._replace(shard="shard-000007.tar")])
    with pytest.raises(InputError, match=r"cache\.csv: expected one of the data set's shards, got 'shard-000007\.tar'"):
        read_cache(load_artifact(DatasetArtifact, built), built.parent)


def test_a_linked_shard_is_read(built: Path):
    shard = built.parent / "cache" / "shard-000001.tar"
    shard.rename(built.parent / "abc.bin")
    shard.symlink_to(built.parent / "abc.bin")
    assert len(read_cache(load_artifact(DatasetArtifact, built), built.parent)) == 12
