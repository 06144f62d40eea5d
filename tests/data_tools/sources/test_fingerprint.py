"""The fingerprint of a source changes when a file changes, and not otherwise."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from data_tools.sources.archive import ArchiveSource
from data_tools.sources.class_folders import ClassFoldersSource
from data_tools.sources.combined import CombinedSource
from data_tools.sources.drive_video import DriveVideoSource
from data_tools.sources.manifest import ManifestSource
from data_tools.sources.registry import Source
from data_tools.sources.roadsaw import RoadsawSource
from data_tools.sources.rscd import RscdSource
from data_tools.sources.synthetic import SynthSource
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


def folder_sources(roads: Path) -> list[Source]:
    return [
        ClassFoldersSource(type="class_folders", path=roads),
        ManifestSource(type="manifest", path=roads),
        ManifestSource(type="manifest", path=roads / "manifest.csv"),
        DriveVideoSource(type="drive_video", path=roads),
        RscdSource(type="rscd", path=roads),
        RoadsawSource(type="roadsaw", path=roads),
        CombinedSource.model_validate(
            {
                "type": "combined",
                "sources": {"a": {"type": "synth"}, "b": {"type": "class_folders", "path": str(roads)}},
            }
        ),
    ]


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
    sources = folder_sources(roads)
    before = [source.fingerprint() for source in sources]
    assert before == [source.fingerprint() for source in sources]
    CHANGES[change](roads)
    assert all(source.fingerprint() != old for source, old in zip(sources, before, strict=True))


def test_reading_moving_and_what_lies_beside_do_not_show(roads: Path):
    before = [source.fingerprint() for source in folder_sources(roads)]
    (roads / "dry/a.jpg").read_bytes()
    write(roads.parent / "beside.jpg", b"x")
    (roads / "empty").mkdir()
    assert [source.fingerprint() for source in folder_sources(roads)] == before
    moved = roads.rename(roads.parent / "moved")
    assert [source.fingerprint() for source in folder_sources(moved)] == before


def test_missing_path_reads_nothing_around_it(tmp_path: Path):
    sources = [
        ClassFoldersSource(type="class_folders", path=tmp_path / "typo"),
        ManifestSource(type="manifest", path=tmp_path / "typo.csv"),
        ArchiveSource(type="archive", path=tmp_path / "typo.zip"),
        DriveVideoSource(type="drive_video", path=tmp_path / "typo.mp4"),
    ]
    before = [source.fingerprint() for source in sources]
    write(tmp_path / "unrelated" / "file.bin", b"x")
    assert [source.fingerprint() for source in sources] == before


def test_archive_is_its_file_alone(tmp_path: Path):
    path = write(tmp_path / "roads.zip", b"x")
    source = ArchiveSource(type="archive", path=path)
    before = source.fingerprint()
    write(tmp_path / "beside", b"x")
    assert source.fingerprint() == before
    later(path)
    assert source.fingerprint() != before


def test_single_video_is_itself_its_table_and_drives(tmp_path: Path):
    video = write(tmp_path / "d.mp4", b"x")
    source = DriveVideoSource(type="drive_video", path=video)
    seen = [source.fingerprint()]
    for change in ("d.csv", "d.labels.csv", "drives.csv", "d.mp4"):
        write(tmp_path / change, b"something")
        seen.append(source.fingerprint())
    assert len(set(seen)) == 5
    write(tmp_path / "e.mp4", b"x")
    assert source.fingerprint() == seen[-1]


def test_synthetic_source_has_no_files():
    other = SynthSource(type="synth", drives=SynthConfig(drives_per_class=2))
    assert SynthSource(type="synth").fingerprint() == other.fingerprint()


def test_files_behind_a_linked_folder_count_and_links_in_a_circle_end(roads: Path):
    elsewhere = write(roads.parent / "elsewhere" / "c.jpg", b"c").parent
    (roads / "snow").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(roads)
    source = ClassFoldersSource(type="class_folders", path=roads)
    before = source.fingerprint()
    later(elsewhere / "c.jpg")
    changed = source.fingerprint()
    write(elsewhere / "d.jpg", b"d")
    assert len({before, changed, source.fingerprint()}) == 3
