"""Scanning: what is kept, what is set aside and why, whatever the threads do."""

import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data_tools.artifacts.hashing import sha256_file
from data_tools.dataset import scan as module
from data_tools.dataset.candidates import Candidate, Listing
from data_tools.dataset.records import PictureRecord, SetAsideRecord
from data_tools.dataset.scan import scan
from tests.data_tools.images.segments import claiming_png, exif, with_segment
from tests.data_tools.pictures import encode, encode_pillow, gradient, noise, write


def listing(root: Path, files: dict[str, bytes], label: str = "dry") -> Listing:
    """Write files; `label/...` names give the label where they have one of two."""
    for name, data in files.items():
        write(root / name, data)
    labels = {name: name.split("/")[0] if "/" in name else label for name in files}
    return Listing(root, [Candidate(name, labels[name], "src", f"group of {name}") for name in files], [])


def test_usable_picture_is_described(tmp_path: Path):
    data = encode(noise("a", height=20, width=30), ".png")
    (record,) = scan(listing(tmp_path, {"a.png": data})).records
    assert record == PictureRecord(
        path="a.png",
        label="dry",
        source="src",
        group="group of a.png",
        sha256=sha256_file(tmp_path / "a.png"),
        height_px=20,
        width_px=30,
    )


BAD = {
    "text.jpg": (b"not a picture\n", "undecodable"),
    "empty.png": (b"", "empty"),
    "cut.jpg": (encode(gradient(), ".jpg")[:-200], "truncated"),
    "cut.png": (encode(gradient(), ".png")[:-20], "truncated"),
    "one.png": (encode(noise("one", height=1, width=1), ".png"), "too_small"),
    "huge.png": (claiming_png(60_000, 60_000), "too_large"),
}
ODD = {
    "cmyk.jpg": encode_pillow(Image.fromarray(gradient()).convert("CMYK"), "JPEG"),
    "deep.png": encode(gradient().astype(np.uint16) * 257, ".png"),
    "turned.jpg": with_segment(encode(gradient(), ".jpg"), exif(6)),
    "grey.png": encode(gradient()[..., 0], ".png"),
}


def test_bad_pictures_are_listed_with_reasons_and_odd_ones_kept(tmp_path: Path):
    given = listing(tmp_path, {name: data for name, (data, _) in BAD.items()} | ODD)
    (tmp_path / "folder.jpg").mkdir()
    further = [Candidate("gone.jpg", "dry", "src", "g"), Candidate("folder.jpg", "dry", "src", "g")]
    earlier = SetAsideRecord(path="notes.txt", reason="unknown_suffix", detail=".txt")
    found = scan(Listing(tmp_path, [*given.candidates, *further], [earlier]))
    assert [row.path for row in found.records] == sorted(ODD)
    sizes = {row.path: (row.height_px, row.width_px) for row in found.records}
    assert sizes["turned.jpg"] == (64, 48), "EXIF orientation 6 turns the picture"
    assert sizes["cmyk.jpg"] == sizes["deep.png"] == (48, 64)
    reasons = {name: reason for name, (_, reason) in BAD.items()}
    reasons |= {"gone.jpg": "missing", "folder.jpg": "unreadable", "notes.txt": "unknown_suffix"}
    assert [(row.path, row.reason) for row in found.set_aside] == sorted(reasons.items())
    assert all(row.detail and "\n" not in row.detail for row in found.set_aside)


def test_exact_duplicates_merge_into_the_first_by_path(tmp_path: Path):
    same, other = encode(noise("same"), ".png"), encode(noise("other"), ".png")
    found = scan(listing(tmp_path, {"c.png": same, "a.png": same, "b.png": other, "d.png": same}))
    assert [row.path for row in found.records] == ["a.png", "b.png"]
    assert [(row.path, row.reason, row.detail) for row in found.set_aside] == [
        ("c.png", "exact_duplicate", "same bytes as a.png"),
        ("d.png", "exact_duplicate", "same bytes as a.png"),
    ]


def test_label_conflict_sets_all_of_them_aside(tmp_path: Path):
    same = encode(noise("same"), ".png")
    found = scan(
        listing(tmp_path, {"wet/1.png": same, "dry/1.png": same, "dry/2.png": same, "dry/3.png": ODD["deep.png"]})
    )
    assert [row.path for row in found.records] == ["dry/3.png"]
    assert [(row.path, row.reason) for row in found.set_aside] == [
        (name, "label_conflict") for name in ("dry/1.png", "dry/2.png", "wet/1.png")
    ]
    assert {row.detail for row in found.set_aside} == {
        "the same bytes are labelled dry and wet: dry/1.png, dry/2.png, wet/1.png"
    }


def test_order_does_not_depend_on_the_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files = {f"{index:02d}.png": encode(noise(index // 2), ".png") for index in range(24)} | {"24.png": b"bad"}
    forward = listing(tmp_path, files)
    backward = Listing(tmp_path, forward.candidates[::-1], [])
    expected = scan(forward)
    assert len(expected.records) == 12
    inspect = module.inspect

    def slow_at_first(root: Path, item: Candidate) -> PictureRecord | SetAsideRecord:
        time.sleep(0.02 if item.path in {"00.png", "01.png", "24.png"} else 0)
        return inspect(root, item)

    monkeypatch.setattr(module, "inspect", slow_at_first)
    monkeypatch.setattr(module.os, "sched_getaffinity", lambda _: range(8), raising=False)
    assert scan(forward) == scan(backward) == expected


def test_progress_counts_every_candidate(tmp_path: Path):
    calls = []
    scan(listing(tmp_path, {"a.png": b"bad", "b.png": b""}), lambda *call: calls.append(call))
    assert calls == [(1, 2, "reading pictures"), (2, 2, "reading pictures")]


def test_nothing_to_scan(tmp_path: Path):
    assert scan(Listing(tmp_path, [], [])) == ([], [])


def test_any_other_error_is_not_swallowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def break_down(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(module, "decode_bytes", break_down)
    with pytest.raises(MemoryError):
        scan(listing(tmp_path, {"a.png": b"x"}))
