"""What is planted, against what was to be planted."""

import csv
import hashlib
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.data.planted import usable_pictures
from benchmarks.data.planting import MANIFEST, NEAR_KINDS, Edit, apply_edit, draw_edit, plant
from data_tools.dataset.records import PictureRecord
from data_tools.errors import InputError
from data_tools.randomness import keyed_generator
from tests.benchmarks.data.textures import CLASSES, write_textures

Pictures = list[tuple[PictureRecord, Path]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_textures(tmp_path_factory.mktemp("planting") / "roads", 8)


@pytest.fixture(scope="module")
def pictures(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    return usable_pictures(source, CLASSES, tmp_path_factory.mktemp("built"))


def rows_of(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / MANIFEST).open(newline="", encoding="utf-8") as stream:
        return {row["path"]: row for row in csv.DictReader(stream)}


def digests(folder: Path) -> dict[str, str]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_every_copy_has_the_label_and_another_drive(source: Path, pictures: Pictures, tmp_path: Path):
    before = digests(source)
    planted = plant(tmp_path, pictures, 11, 4, 0)
    rows = rows_of(tmp_path)
    assert Counter(item.kind for item in planted) == {**dict.fromkeys(NEAR_KINDS, 2), "resized": 3, "exact": 4}
    assert len(rows) == 24 + 15
    assert all((tmp_path / path).is_file() for path in rows)
    drives = {row["group"] for row in rows.values() if "originals" in row["path"]}
    assert len(drives) == 12
    for item in planted:
        assert rows[item.path]["label"] == rows[item.original]["label"]
        assert rows[item.path]["group"] not in drives
        same = (tmp_path / item.path).read_bytes() == (tmp_path / item.original).read_bytes()
        assert same == (item.kind == "exact")
    assert len({item.original for item in planted if item.kind != "exact"}) == 11
    assert max(Counter(rows[item.path]["group"] for item in planted).values()) == 2
    assert {item.path < item.original for item in planted} == {True, False}
    assert digests(source) == before


def test_the_seed_alone_decides(pictures: Pictures, tmp_path: Path):
    first = plant(tmp_path / "a", pictures, 6, 2, 3)
    assert plant(tmp_path / "b", pictures, 6, 2, 3) == first
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert plant(tmp_path / "c", pictures, 6, 2, 4) != first


def test_too_few_pictures_are_an_error(pictures: Pictures, tmp_path: Path):
    with pytest.raises(InputError, match="expected 25 or more usable pictures to plant copies of, got 24"):
        plant(tmp_path, pictures, 25, 1, 0)
    assert not any(tmp_path.iterdir())


def test_an_edit_does_what_it_says():
    picture = keyed_generator("edit").integers(0, 256, (100, 200, 3), dtype=np.uint8)
    assert (apply_edit(picture, Edit()) == picture).all()
    cut = apply_edit(picture, Edit(mirrored=True, crop=(0.01, 0.02, 0.03, 0.04)))
    assert (cut == picture[1:98, 6:192][:, ::-1]).all()
    half = apply_edit(picture, Edit(scale=0.5))
    assert (half == cv2.resize(picture, (100, 50), interpolation=cv2.INTER_AREA)).all()
    assert apply_edit(picture, Edit(scale=1.5)).shape == (150, 300, 3)
    assert apply_edit(picture[:20], Edit(scale=0.5)).shape == (16, 100, 3)


@pytest.mark.parametrize("kind", NEAR_KINDS)
def test_draws_stay_within_their_ranges(kind: str):
    edits = [draw_edit(kind, keyed_generator("draw", index)) for index in range(200)]
    changes = [
        (edit.scale != 1, edit.quality != Edit().quality, edit.mirrored, edit.crop != Edit().crop) for edit in edits
    ]
    if kind == "combined":
        assert {sum(change) for change in changes} == {2, 3, 4}
        assert all(any(change[index] for change in changes) for index in range(4))
    else:
        wanted = tuple(other == kind for other in NEAR_KINDS[:4])
        assert set(changes) == {wanted}
    assert all(0.5 <= edit.scale <= 1.5 for edit in edits)
    assert all(edit.quality == 95 or 40 <= edit.quality <= 90 for edit in edits)
    assert all(0.01 <= share <= 0.05 for edit in edits for share in edit.crop if edit.crop != Edit().crop)
