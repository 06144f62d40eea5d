"""Shards: read back by tarfile and NumPy, by WebDataset, and by offset; equal pictures give equal bytes."""

import json
import os
import tarfile
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from tests.data_tools.cache.shards import describe, pictures, write_shard
from tests.data_tools.pictures import noise


def test_tarfile_and_numpy_read_a_shard(tmp_path: Path):
    given = pictures()
    write_shard(tmp_path / "s.tar", given)
    with tarfile.open(tmp_path / "s.tar") as shard:
        members = shard.getmembers()
        data = {item.name: shard.extractfile(item).read() for item in members}
    assert [item.name for item in members] == [
        f"{index:08d}.{kind}" for index in range(3) for kind in ("image.npy", "json")
    ]
    for index, (name, picture) in enumerate(given.items()):
        stored = np.load(BytesIO(data[f"{index:08d}.image.npy"]), allow_pickle=False)
        assert stored.dtype == np.uint8
        assert np.array_equal(stored, picture)
        assert json.loads(data[f"{index:08d}.json"]) == describe(name)
    assert {(item.mtime, item.uid, item.gid, item.uname, item.gname) for item in members} == {(0, 0, 0, "", "")}


# The library leaves the shard to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed file .*s.tar:ResourceWarning")
def test_webdataset_reads_a_shard(tmp_path: Path):
    webdataset = pytest.importorskip("webdataset", reason="webdataset is in the extra `dev`")
    given = pictures()
    write_shard(tmp_path / "s.tar", given)
    samples = list(webdataset.WebDataset(str(tmp_path / "s.tar"), shardshuffle=False).decode())
    assert [sample["__key__"] for sample in samples] == ["00000000", "00000001", "00000002"]
    for sample, (name, picture) in zip(samples, given.items(), strict=True):
        assert np.array_equal(sample["image.npy"], picture)
        assert sample["json"] == describe(name)


def test_offset_and_checksum_are_of_the_samples(tmp_path: Path):
    given = pictures()
    places = write_shard(tmp_path / "s.tar", given)
    data = (tmp_path / "s.tar").read_bytes()
    for place, picture in zip(places, given.values(), strict=True):
        samples = picture.tobytes()
        assert data[place.offset : place.offset + len(samples)] == samples
        assert place.crc32 == zlib.crc32(samples)
    assert len(data) % 512 == 0
    assert not any(data[-1024:]), "two empty blocks end an archive"


def test_same_pictures_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_shard(tmp_path / "a.tar", pictures())
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setattr(os, "getuid", lambda: 1234)
    turned = {name: np.asfortranarray(picture) for name, picture in pictures().items()}
    write_shard(tmp_path / "b.tar", turned)
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()


@pytest.mark.parametrize(("height", "width"), [(16, 16), (32, 33), (400, 500)])
def test_any_size(height: int, width: int, tmp_path: Path):
    picture = noise("size", height=height, width=width)
    (place,) = write_shard(tmp_path / "s.tar", {"first": picture})
    with tarfile.open(tmp_path / "s.tar") as shard:
        stored = np.load(BytesIO(shard.extractfile("00000000.image.npy").read()), allow_pickle=False)
    assert np.array_equal(stored, picture)
    mapped = np.memmap(tmp_path / "s.tar", np.uint8, "r", place.offset, (height, width, 3))
    assert np.array_equal(mapped, picture)


def test_empty_shard(tmp_path: Path):
    assert write_shard(tmp_path / "s.tar", {}) == []
    with tarfile.open(tmp_path / "s.tar") as shard:
        assert shard.getmembers() == []
