"""Class folders: what is listed, how groups form, and which folders are refused."""

import os
from pathlib import Path

import pytest

from data_tools.errors import InputError
from data_tools.images.decode import SUFFIXES
from data_tools.sources.candidates import Candidate, Listing
from data_tools.sources.class_folders import list_class_folders
from tests.data_tools.pictures import CLASSES, write
from tests.data_tools.sources.offers import context, touch


def listed(root: Path, labels: object = None) -> Listing:
    return list_class_folders(root, context(labels=labels))


def refusal(root: Path, labels: object = None) -> str:
    with pytest.raises(InputError) as caught:
        listed(root, labels)
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
    listing = listed(root)
    assert listing.roots == {"": root}
    assert listing.skipped == {}
    assert listing.set_aside == []
    assert listing.candidates == [
        Candidate("dry/alone.png", "dry", "roads", "dry/alone.png"),
        Candidate("dry/drive_07/0001.jpg", "dry", "roads", "drive_07"),
        Candidate("dry/drive_07/left/2.JPEG", "dry", "roads", "drive_07/left"),
        Candidate("snow/a.tif", "snow", "roads", "snow/a.tif"),
        Candidate("snow/b.tif", "snow", "roads", "snow/b.tif"),
        Candidate("wet/drive_07/0002.jpg", "wet", "roads", "drive_07"),
    ]


def test_hidden_files_and_folders_are_ignored(tmp_path: Path):
    root = touch(tmp_path, *(f"{label}/1.jpg" for label in CLASSES), "dry/.2.jpg", "dry/.trash/3.jpg", ".git/config")
    touch(root, "readme.txt")
    assert [item.path for item in listed(root).candidates] == [f"{c}/1.jpg" for c in sorted(CLASSES)]


def test_unknown_suffixes_are_listed(tmp_path: Path):
    root = touch(tmp_path, *(f"{label}/1.jpg" for label in CLASSES), "dry/notes.txt", "wet/x", "wet/d/clip.MP4")
    found = {(row.path, row.reason, row.detail) for row in listed(root).set_aside}
    assert found == {
        ("dry/notes.txt", "unknown_suffix", ".txt"),
        ("wet/x", "unknown_suffix", "no suffix"),
        ("wet/d/clip.MP4", "unknown_suffix", ".MP4"),
    }


def test_every_known_suffix_in_any_case_is_a_candidate(tmp_path: Path):
    names = [f"dry/{index}{suffix}" for index, suffix in enumerate(sorted(SUFFIXES))]
    names += [name.upper().replace("DRY", "dry") for name in names]
    root = touch(tmp_path, *names, "wet/1.jpg", "snow/1.jpg")
    listing = listed(root)
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


def test_unknown_folder_suggests_the_class_and_the_line_to_add(tmp_path: Path):
    root = touch(tmp_path, "dry/1.jpg", "wet/1.jpg", "snowy/1.jpg", "snowy/2.jpg")
    assert "'snowy' (2 pictures; did you mean 'snow'?)" in refusal(root)
    assert "add to the label map {snowy: snow}" in refusal(root)


def test_label_map_names_the_folders(tmp_path: Path):
    root = touch(tmp_path / "r", "dry/1.jpg", "damp/d1/1.jpg", "soaked/d1/2.jpg", "ice/1.jpg", "mud/1.jpg", "mud/2.jpg")
    listing = listed(root, {"damp": "wet", "so*": "wet", "ice": "snow", "ignore": ["mud"]})
    assert [(item.path, item.label, item.group, item.source_label) for item in listing.candidates] == [
        ("damp/d1/1.jpg", "wet", "d1", "damp"),
        ("dry/1.jpg", "dry", "dry/1.jpg", ""),
        ("ice/1.jpg", "snow", "ice/1.jpg", "ice"),
        ("soaked/d1/2.jpg", "wet", "d1", "soaked"),
    ]
    assert listing.skipped == {"pictures with the ignored label 'mud'": 2}


def test_class_is_missing_only_if_no_folder_maps_to_it(tmp_path: Path):
    root = touch(tmp_path, "dry/1.jpg", "wet/.keep", "damp/1.jpg", "ice/1.jpg")
    labels = {"damp": "wet", "ice": "snow"}
    assert {item.label for item in listed(root, labels).candidates} == set(CLASSES)
    (root / "damp/1.jpg").unlink()
    assert refusal(root, labels).startswith(f"{root / 'damp'}, {root / 'wet'}: expected pictures (")
    assert "missing: snow (found: damp, dry, ice, wet)" in refusal(root, {"damp": "wet", "ice": "wet"})


def test_source_is_the_folders_name_however_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    root = touch(tmp_path / "roads", *(f"{label}/1.jpg" for label in CLASSES))
    monkeypatch.chdir(root)
    for written in (Path(), Path("../roads"), Path("dry/.."), root):
        assert {item.source for item in listed(written).candidates} == {"roads"}


def test_linked_pictures_count_and_other_links_are_listed(tmp_path: Path):
    root = touch(tmp_path / "roads", *(f"{label}/1.jpg" for label in CLASSES))
    touch(tmp_path / "elsewhere", "2.jpg")
    (root / "dry" / "linked.jpg").symlink_to(tmp_path / "elsewhere" / "2.jpg")
    (root / "dry" / "drive").symlink_to(tmp_path / "elsewhere")
    (root / "dry" / "broken.jpg").symlink_to(tmp_path / "gone.jpg")
    listing = listed(root)
    assert [item.path for item in listing.candidates if item.label == "dry"] == ["dry/1.jpg", "dry/linked.jpg"]
    assert [row[:2] for row in listing.set_aside] == [("dry/broken.jpg", "link"), ("dry/drive", "link")]


@pytest.mark.parametrize("name", [b"gr\xfcn.jpg", b"a\rb.jpg", b"a\nb.jpg", b"dr\xfcve/1.jpg"])
def test_names_that_no_table_can_hold_are_listed(name: bytes, tmp_path: Path):
    root = touch(tmp_path, *(f"{label}/1.jpg" for label in CLASSES))
    file = os.path.join(os.fsencode(root), b"dry", name)  # noqa: PTH118  bytes on purpose
    os.makedirs(os.path.dirname(file), exist_ok=True)  # noqa: PTH103, PTH120
    with open(file, "wb") as stream:  # noqa: PTH123
        stream.write(b"x")
    listing = listed(root)
    assert [item.path for item in listing.candidates] == [f"{label}/1.jpg" for label in sorted(CLASSES)]
    (row,) = listing.set_aside
    assert row.reason == "unusable_name"
    assert row.path.isprintable()
    row.path.encode()


def test_root_that_no_artifact_can_hold_is_refused(tmp_path: Path):
    root = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"gr\xfcn")))  # noqa: PTH118
    touch(root, *(f"{label}/1.jpg" for label in CLASSES))
    assert "expected a path in UTF-8 without control characters" in refusal(root)
    refusal(root).encode()
