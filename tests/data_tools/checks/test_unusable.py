"""Reasons of the decoder and of sources become issues."""

from pathlib import Path

import pytest

from data_tools.checks.issues import IssueRecord
from data_tools.checks.unusable import unusable_issue
from data_tools.images.decode import UnreadablePictureError, decode_bytes, read_picture
from tests.data_tools.images.segments import claiming_png
from tests.data_tools.pictures import encode, gradient, noise, write

FILES = {
    "empty": (b"", "unreadable"),
    "text": (b"no picture", "unreadable"),
    "cut": (encode(noise("cut"), ".jpg")[:-20], "truncated"),
    "claim": (claiming_png(60_000, 60_000), "too_large"),
    "icon": (encode(gradient(8, 8), ".png"), "too_small"),
}


@pytest.mark.parametrize("name", FILES)
def test_decoding_errors(name: str):
    data, issue = FILES[name]
    with pytest.raises(UnreadablePictureError) as caught:
        decode_bytes(data, f"dry/{name}.jpg")
    row = unusable_issue(f"dry/{name}.jpg", caught.value.reason, str(caught.value))
    assert row[:4] == (f"dry/{name}.jpg", issue, "quarantine", 1.0)
    assert "dry/" not in row.detail
    assert len(row.detail) > 10


def test_files_that_cannot_be_read(tmp_path: Path):
    for path in (tmp_path / "gone.jpg", tmp_path):
        with pytest.raises(UnreadablePictureError) as caught:
            read_picture(path)
        assert unusable_issue("a.jpg", caught.value.reason, str(caught.value)).issue == "unreadable"


@pytest.mark.parametrize(
    "reason", ["unknown_suffix", "unusable_name", "link", "unknown_name", "unreadable_video", "no_labels"]
)
def test_reasons_of_sources(reason: str):
    row = unusable_issue("a.gif", reason, ".gif\n  and more")
    assert row == IssueRecord("a.gif", "unreadable", "quarantine", 1.0, f"{reason}: .gif and more")


def test_label_that_contradicts_the_folder():
    assert unusable_issue("a.jpg", "label_conflict", "x")[1:3] == ("label_conflict", "quarantine")


def test_unknown_reason():
    with pytest.raises(ValueError, match=r"a\.jpg: unknown reason 'trunkated'; did you mean 'truncated'"):
        unusable_issue("a.jpg", "trunkated", "")


def test_damaged_file_on_disk(tmp_path: Path):
    path = write(tmp_path / "a.png", encode(noise("a"), ".png")[:100])
    with pytest.raises(UnreadablePictureError) as caught:
        read_picture(path)
    assert unusable_issue(str(path), caught.value.reason, str(caught.value)).issue == "truncated"
