"""The fingerprint changes when a file changes, and not otherwise."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from data_tools.dataset.config import ClassFoldersSource, ManifestSource, SynthSource
from data_tools.dataset.fingerprint import fingerprint
from data_tools.synth.config import SynthConfig
from tests.data_tools.pictures import write


@pytest.fixture
def roads(tmp_path: Path) -> Path:
    for name in ("dry/a.jpg", "wet/b.jpg", "manifest.csv"):
        write(tmp_path / "roads" / name, name.encode())
    return tmp_path / "roads"


def later(path: Path) -> None:
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))


CHANGES: dict[str, Callable[[Path], object]] = {
    "new file": lambda root: write(root / "dry/c.jpg", b"c"),
    "removed": lambda root: (root / "dry/a.jpg").unlink(),
    "renamed": lambda root: (root / "dry/a.jpg").rename(root / "dry/z.jpg"),
    "other class": lambda root: (root / "dry/a.jpg").rename(root / "wet/a.jpg"),
    "grown": lambda root: write(root / "dry/a.jpg", b"longer than before"),
    "touched": lambda root: later(root / "dry/a.jpg"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_shows(change: str, roads: Path):
    sources = [
        ClassFoldersSource(type="class_folders", path=roads),
        ManifestSource(type="manifest", path=roads),
        ManifestSource(type="manifest", path=roads / "manifest.csv"),
    ]
    before = [fingerprint(source) for source in sources]
    assert before == [fingerprint(source) for source in sources]
    CHANGES[change](roads)
    assert all(fingerprint(source) != old for source, old in zip(sources, before, strict=True))


def test_reading_moving_and_what_lies_beside_do_not_show(roads: Path):
    source = ClassFoldersSource(type="class_folders", path=roads)
    before = fingerprint(source)
    (roads / "dry/a.jpg").read_bytes()
    write(roads.parent / "beside.jpg", b"x")
    (roads / "empty").mkdir()
    assert fingerprint(source) == before
    roads.rename(roads.parent / "moved")
    assert fingerprint(ClassFoldersSource(type="class_folders", path=roads.parent / "moved")) == before


def test_missing_path_reads_nothing_around_it(tmp_path: Path):
    sources = [
        ClassFoldersSource(type="class_folders", path=tmp_path / "typo"),
        ManifestSource(type="manifest", path=tmp_path / "typo.csv"),
    ]
    before = [fingerprint(source) for source in sources]
    write(tmp_path / "unrelated" / "file.bin", b"x")
    assert [fingerprint(source) for source in sources] == before


def test_synthetic_source_has_no_files():
    assert fingerprint(SynthSource(type="synth")) == fingerprint(
        SynthSource(type="synth", drives=SynthConfig(drives_per_class=2))
    )
