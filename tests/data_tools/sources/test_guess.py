"""What a path on the command line means."""

from pathlib import Path

import pytest

from data_tools.errors import InputError
from data_tools.sources.guess import guess_source
from data_tools.sources.layouts import guess_layout
from tests.data_tools.sources.offers import touch


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["manifest.csv", "dry/1.jpg"], "manifest"),
        (["manifest.parquet", "a.mp4"], "manifest"),
        (["dry/1.jpg", "wet/1.jpg"], "class_folders"),
        (["dry/1.jpg", "ice/1.jpg"], "class_folders"),
        (["wet_asphalt/1.jpg"], "class_folders"),
        (["train/dry/1.jpg"], "class_folders"),
        (["a.MP4", "a.csv"], "drive_video"),
        ([".a.mp4", "dry/1.jpg"], "class_folders"),
        (["vali_20k/x.jpg"], "rscd"),
        (["train/dry_asphalt_smooth/x.jpg"], "rscd"),
        (["dry-mud/x.jpg", "ice/x.jpg"], "rscd"),
        (["train/asphalt_dry/x.png"], "roadsaw"),
        (["cobble_verywet/x.png"], "roadsaw"),
        (["validation/concrete_damp/x.png"], "roadsaw"),
        (["readme.txt"], "class_folders"),
    ],
)
def test_folders(files: list[str], expected: str, tmp_path: Path):
    root = touch(tmp_path / "roads", *files)
    source = guess_source(root)
    assert (source.type, source.model_dump()["path"]) == (expected, root)
    assert guess_layout(root) == ("class_folders" if expected == "drive_video" else expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("m.csv", "manifest"),
        ("M.PARQUET", "manifest"),
        ("a.zip", "archive"),
        ("a.tar", "archive"),
        ("a.TAR.gz", "archive"),
        ("a.tgz", "archive"),
        ("a.tar.xz", "archive"),
        ("a.tar.bz2", "archive"),
        *((f"d.{kind}", "drive_video") for kind in ("mp4", "avi", "mkv", "mov", "WEBM")),
    ],
)
def test_files(name: str, expected: str, tmp_path: Path):
    touch(tmp_path, name)
    assert guess_source(tmp_path / name).type == expected


def test_unknown_and_missing(tmp_path: Path):
    touch(tmp_path, "a.rar")
    with pytest.raises(InputError, match=r"a\.rar: expected a folder or one of \.csv, .*got '\.rar'"):
        guess_source(tmp_path / "a.rar")
    with pytest.raises(
        InputError, match="nowhere: expected a folder, a table, an archive or a video; it does not exist"
    ):
        guess_source(tmp_path / "nowhere")
