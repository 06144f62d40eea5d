"""Class folders: what is listed, how groups form, and which folders are refused."""

import os
from pathlib import Path

import pytest

from data_tools.dataset.candidates import Candidate
from data_tools.dataset.class_folders import list_class_folders
from data_tools.errors import InputError
from data_tools.images.decode import SUFFIXES
from tests.data_tools.pictures import CLASSES, write


def touch(root: Path, *names: str) -> Path:
    for name in names:
        write(root / name, b"x")
    return root


def refusal(root: Path, classes: tuple[str, ...] = CLASSES) -> str:
    with pytest.raises(InputError) as caught:
        list_class_folders(root, classes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_groups_are_the_folders_below_the_class(tmp_path: Path):
    root = touch(
        tmp_path / "roads",
        "dry/drive_07/0001.jpg",
        "dry/drive_07/left/2.JPEG",
        "dry/alone.png",
        "wet/drive_07/0002.jpg",
        "snow/b.tif",
        "snow/a.tif",
    )
    listing = list_class_folders(root, CLASSES)
    assert listing.root == root
    assert listing.set_aside == []
    assert listing.candidates == [
        Candidate("dry/alone.png", "dry", "roads", "dry/alone.png"),
        Candidate("dry/drive_07/0001.jpg", "dry", "roads", "drive_07"),
        Candidate("dry/drive_07/left/2.JPEG", "dry", "roads", "drive_07/left"),
        Candidate("wet/drive_07/0002.jpg", "wet", "roads", "drive_07"),
        Candidate("snow/a.tif", "snow", "roads", "snow/a.tif"),
        Candidate("snow/b.tif", "snow", "roads", "snow/b.tif"),
    ]


def test_hidden_files_and_folders_are_ignored(tmp_path: Path):
    root = touch(tmp_path, *(f"{label}/1.jpg" for label in CLASSES), "dry/.2.jpg", "dry/.trash/3.jpg", ".git/config")
    touch(root, "readme.txt")
    assert [item.path for item in list_class_folders(root, CLASSES).candidates] == [f"{c}/1.jpg" for c in CLASSES]


def test_unknown_suffixes_are_listed(tmp_path: Path):
    root = touch(tmp_path, *(f"{label}/1.jpg" for label in CLASSES), "dry/notes.txt", "wet/x", "wet/d/clip.MP4")
    found = {(row.path, row.reason, row.detail) for row in list_class_folders(root, CLASSES).set_aside}
    assert found == {
        ("dry/notes.txt", "unknown_suffix", ".txt"),
        ("wet/x", "unknown_suffix", "no suffix"),
        ("wet/d/clip.MP4", "unknown_suffix", ".MP4"),
    }


def test_every_known_suffix_in_any_case_is_a_candidate(tmp_path: Path):
    names = [f"dry/{index}{suffix}" for index, suffix in enumerate(sorted(SUFFIXES))]
    names += [name.upper().replace("DRY", "dry") for name in names]
    root = touch(tmp_path, *names, "wet/1.jpg", "snow/1.jpg")
    listing = list_class_folders(root, CLASSES)
    assert {item.path for item in listing.candidates if item.label == "dry"} == set(names)
    assert not listing.set_aside


def test_missing_folder(tmp_path: Path):
    assert "nowhere: expected a folder with the class folders dry, wet, snow" in refusal(tmp_path / "nowhere")


def test_file_instead_of_a_folder(tmp_path: Path):
    assert "it is a file" in refusal(write(tmp_path / "a.zip", b"x"))


def test_empty_folder(tmp_path: Path):
    assert "missing: dry, wet, snow (found: none)" in refusal(tmp_path)


def test_one_class_only(tmp_path: Path):
    assert "missing: wet, snow (found: dry)" in refusal(touch(tmp_path, "dry/1.jpg"))


@pytest.mark.parametrize("name", ["snow/.keep", "snow/notes.txt", "snow/empty/.keep"])
def test_class_folder_without_pictures(name: str, tmp_path: Path):
    root = touch(tmp_path, "dry/1.jpg", "wet/1.jpg", name)
    assert refusal(root).startswith(f"{root / 'snow'}: expected pictures (.bmp, .jpeg, .jpg, ")


def test_unknown_folder_suggests_the_class(tmp_path: Path):
    root = touch(tmp_path, "dry/1.jpg", "wet/1.jpg", "snowy/1.jpg")
    assert refusal(root) == f"{root / 'snowy'}: unknown class 'snowy'; did you mean 'snow'? (known: snow, dry, wet)"


def test_source_is_the_folders_name_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    root = touch(tmp_path / "roads", *(f"{label}/1.jpg" for label in CLASSES))
    monkeypatch.chdir(root)
    for written in (Path(), Path("../roads"), Path("dry/.."), root):
        assert {item.source for item in list_class_folders(written, CLASSES).candidates} == {"roads"}


def test_linked_pictures_count_and_other_links_are_listed(tmp_path: Path):
    root = touch(tmp_path / "roads", *(f"{label}/1.jpg" for label in CLASSES))
    touch(tmp_path / "elsewhere", "2.jpg")
    (root / "dry" / "linked.jpg").symlink_to(tmp_path / "elsewhere" / "2.jpg")
    (root / "dry" / "drive").symlink_to(tmp_path / "elsewhere")
    (root / "dry" / "broken.jpg").symlink_to(tmp_path / "gone.jpg")
    listing = list_class_folders(root, CLASSES)
    listed = [item.path for item in listing.candidates] + [row.path for row in listing.set_aside]
    assert {path for path in listed if path.startswith("dry")} >= {"dry/1.jpg", "dry/linked.jpg", "dry/broken.jpg"}
    assert [path for path in listed if path.startswith("dry/drive")], "a linked folder must not vanish in silence"


@pytest.mark.parametrize("name", [b"gr\xfcn.jpg", b"a\rb.jpg", b"a\nb.jpg", b"dr\xfcve/1.jpg"])
def test_names_that_no_table_can_hold_are_listed(name: bytes, tmp_path: Path):
    root = touch(tmp_path, *(f"{label}/1.jpg" for label in CLASSES))
    file = os.path.join(os.fsencode(root), b"dry", name)  # noqa: PTH118  bytes on purpose
    os.makedirs(os.path.dirname(file), exist_ok=True)  # noqa: PTH103, PTH120
    with open(file, "wb") as stream:  # noqa: PTH123
        stream.write(b"x")
    listing = list_class_folders(root, CLASSES)
    assert [item.path for item in listing.candidates] == [f"{label}/1.jpg" for label in CLASSES]
    (row,) = listing.set_aside
    assert row.reason == "unusable_name"
    assert row.path.isprintable()
    row.path.encode()


def test_root_that_no_artifact_can_hold_is_refused(tmp_path: Path):
    root = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"gr\xfcn")))  # noqa: PTH118
    touch(root, *(f"{label}/1.jpg" for label in CLASSES))
    assert "expected a path in UTF-8 without control characters" in refusal(root)
    refusal(root).encode()
