"""Archives: what is read, how often they are unpacked, and that nothing half-done is taken for done."""

import os
import zipfile
from pathlib import Path

import pytest

from data_tools.sources import archive as archive_module
from data_tools.sources.archive import ArchiveSource
from data_tools.sources.candidates import Candidate
from tests.data_tools.pictures import CLASSES, write
from tests.data_tools.sources.archives import ROADS, write_tar, write_zip
from tests.data_tools.sources.offers import context, paths, refusal, tree


def source(path: Path, **options: object) -> ArchiveSource:
    return ArchiveSource.model_validate({"type": "archive", "path": path, **options})


ARCHIVES = {
    "deflate.zip": lambda path: write_zip(path, ROADS),
    "stored.zip": lambda path: write_zip(path, ROADS, zipfile.ZIP_STORED),
    "plain.tar": lambda path: write_tar(path, ROADS),
    "a.tar.gz": lambda path: write_tar(path, ROADS, "gz"),
    "a.tgz": lambda path: write_tar(path, ROADS, "gz"),
    "a.tar.bz2": lambda path: write_tar(path, ROADS, "bz2"),
    "a.tar.xz": lambda path: write_tar(path, ROADS, "xz"),
    "zip named.tar": lambda path: write_zip(path, ROADS),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_every_packing_gives_the_same_pictures(name: str, tmp_path: Path):
    offered = source(ARCHIVES[name](tmp_path / name)).offer(context(tmp_path / "work"))
    stem = name.removesuffix(".zip").split(".tar")[0].removesuffix(".tgz")
    assert offered.candidates == [
        Candidate(f"{label}/drive_1/{index}.jpg", label, stem, "drive_1")
        for label in sorted(CLASSES)
        for index in (1, 2)
    ]
    root = offered.roots[""]
    assert root.parent.parent == tmp_path / "work" / "pictures"
    assert root.parent.name.startswith(f"{stem}-")
    assert {f"roads/{item}": (root / item).read_bytes() for item in paths(offered)} == ROADS


def test_directories_dots_and_bytes_before_the_archive_do_no_harm(tmp_path: Path):
    plain = {f"./{name}": data for name, data in ROADS.items()}
    path = write_zip(tmp_path / "a.zip", {"./roads/": b"", **plain, "__MACOSX/._x.jpg": b"junk"})
    path.write_bytes(b"#!/bin/sh a self-extracting stub\n" + path.read_bytes())
    path.write_bytes(b"PK\x03\x04" + path.read_bytes())
    assert len(source(path).offer(context(tmp_path / "work")).candidates) == len(ROADS)


def test_zip64_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)
    path = write_zip(tmp_path / "a.zip", ROADS)
    assert b"PK\x06\x06" in path.read_bytes()
    offered = source(path).offer(context(tmp_path / "work"))
    assert {(offered.roots[""] / item).read_bytes() for item in paths(offered)} == set(ROADS.values())


def test_layouts_inside(tmp_path: Path):
    manifest = "path,label,source,group\n1.jpg,dry,car,g\n2.jpg,wet,car,g\n3.jpg,snow,car,h\n"
    path = write_zip(tmp_path / "m.zip", {"in/manifest.csv": manifest.encode(), "in/1.jpg": b"1"})
    offered = source(path).offer(context(tmp_path / "work"))
    assert [(item.path, item.source, item.group) for item in offered.candidates] == [
        ("1.jpg", "car", "g"),
        ("2.jpg", "car", "g"),
        ("3.jpg", "car", "h"),
    ]
    names = ("202201252342299-dry-mud", "202201252342300-wet-mud", "202201252342301-ice")
    path = write_tar(tmp_path / "r.tar", {f"RSCD/vali_20k/{name}.jpg": b"x" for name in names})
    assert [item.source for item in source(path).offer(context(tmp_path / "work")).candidates] == ["rscd"] * 3
    assert "labels are no class" in refusal(source(path, layout="class_folders"), context(tmp_path / "work"))
    saw = {f"train/{name}/run1_{number}.png": b"x" for number, name in enumerate(("asphalt_dry", "cobble_damp"))}
    path = write_tar(tmp_path / "saw.tar", saw)
    offered = source(path).offer(context(tmp_path / "work", classes=("dry", "wet")))
    assert [item.source_label for item in offered.candidates] == ["asphalt_dry", "cobblestone_damp"]


def test_single_class_folder_is_not_looked_through(tmp_path: Path):
    path = write_zip(tmp_path / "a.zip", {"all/dry/d/1.jpg": b"x"})
    offered = source(path).offer(context(tmp_path / "work")._replace(partial=True))
    assert paths(offered) == ["dry/d/1.jpg"]
    path = write_zip(tmp_path / "b.zip", {"all/damp/d/1.jpg": b"x"})
    offered = source(path).offer(context(tmp_path / "work", {"damp": "wet"})._replace(partial=True))
    assert paths(offered) == ["damp/d/1.jpg"]


def test_unpacked_once_and_anew_when_the_archive_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, work = write_zip(tmp_path / "a.zip", ROADS), context(tmp_path / "work")
    first = source(path).offer(work)
    with monkeypatch.context() as patch:
        patch.setattr(archive_module, "inspect_zip", None)
        assert source(path).offer(work) == first, "must not be unpacked twice"
    os.utime(path, ns=(1, 1))
    second = source(path).offer(work)
    assert second.candidates == first.candidates
    assert second.roots != first.roots


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_killed_unpacking_is_not_taken_for_done(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, work = ARCHIVES["deflate.zip" if name == "a.zip" else name](tmp_path / name), context(tmp_path / "work")

    class Killed(BaseException):
        pass

    def die(done: int, total: int, what: str) -> None:
        if what == "unpacking the archive":
            raise Killed

    # What a kill leaves behind is what stands there before the clean-up of `new_folder`, which a kill skips.
    monkeypatch.setattr("data_tools.artifacts.atomic.shutil.rmtree", lambda *_, **__: None)
    monkeypatch.setattr(archive_module, "_REPORT_EVERY", 2)
    with pytest.raises(Killed):
        source(path).offer(work._replace(progress=die))
    monkeypatch.undo()
    (half,) = (tmp_path / "work/pictures").iterdir()
    assert half.name.startswith(f".a-{source(path).fingerprint()[:12]}.new-")
    assert sum(item.is_file() for item in half.rglob("*")) == 2
    offered = source(path).offer(work)
    assert len(offered.candidates) == len(ROADS)
    assert [item.name for item in (tmp_path / "work/pictures").iterdir()] == [offered.roots[""].parent.name]


def test_progress_counts_files(tmp_path: Path):
    seen: list[tuple[int, int, str]] = []
    where = context(tmp_path / "work")._replace(progress=lambda *report: seen.append(report))
    source(write_zip(tmp_path / "a.zip", ROADS)).offer(where)
    assert seen == [(0, 1, "checking the archive"), (6, 6, "unpacking the archive")]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "expected a tar archive"),
        (b"no archive" * 100, "expected a tar archive"),
        (b"PK\x03\x04" + b"x" * 500, "its directory is missing; it is cut off or damaged"),
        (b"PK\x05\x06" + b"\0" * 18, "the archive holds no file"),
        (b"\x1f\x8b\x08\0", "cut off or damaged"),
    ],
)
def test_no_archive(data: bytes, expected: str, tmp_path: Path):
    path = write(tmp_path / "a.zip", data)
    assert expected in refusal(source(path), context(tmp_path / "work"))
    assert not (tmp_path / "work").exists()


def test_missing_and_folder(tmp_path: Path):
    assert "it does not exist" in refusal(source(tmp_path / "a.zip"), context(tmp_path / "work"))
    assert "it is a folder" in refusal(source(tmp_path), context(tmp_path / "work"))


@pytest.mark.parametrize("name", ["a.zip", "plain.tar", "a.tar.gz", "a.tar.xz"])
def test_every_cut_is_noticed(name: str, tmp_path: Path):
    whole = ARCHIVES["deflate.zip" if name == "a.zip" else name](tmp_path / name).read_bytes()
    (tmp_path / "work/pictures").mkdir(parents=True)
    content_end = whole.rstrip(b"\0").rfind(b"snow2") + 5 if name == "plain.tar" else len(whole)
    for share in (0.1, 0.4, 0.7, 0.95):
        path = write(tmp_path / name, whole[: int(content_end * share)])
        message = refusal(source(path), context(tmp_path / "work"))
        assert "cut off" in message or "damaged" in message
    assert tree(tmp_path / "work") == {"pictures": None}
