"""Plant copies among real pictures: of equal bytes, and resized, re-encoded, mirrored or cropped.

The planted pictures come to drives of their own, two near copies to a drive, so that each ties drives together that had
nothing to do with each other. Half of the planted paths sort before those of their originals, half after them.
"""

import csv
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import cv2
import numpy as np

from data_tools.dataset.records import PictureRecord
from data_tools.errors import InputError
from data_tools.images.decode import MIN_SIDE_PX, Picture, read_picture
from data_tools.randomness import keyed_generator

Kind = Literal["exact", "resized", "re-encoded", "mirrored", "cropped", "combined"]
NEAR_KINDS: tuple[Kind, ...] = ("resized", "re-encoded", "mirrored", "cropped", "combined")
COLUMNS = ("path", "label", "source", "group", "camera", "time_s")
MANIFEST = "manifest.csv"
_ORIGINALS, _BEFORE, _AFTER = "pictures/originals", "pictures/copies", "pictures/planted"
_QUALITY = 95
_EDITS = 4


class Edit(NamedTuple):
    """Say what is done to a picture before it is encoded as JPEG.

    Attributes:
        scale: Factor of both sides.
        quality: Of the JPEG file, 0..100.
        mirrored: Left to right.
        crop: Share that is cut off at the top, the bottom, the left and the right, 0..1.
    """

    scale: float = 1.0
    quality: int = _QUALITY
    mirrored: bool = False
    crop: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


class Planted(NamedTuple):
    """Name a planted picture, and the picture that it is a copy of, as the manifest lists them."""

    path: str
    original: str
    kind: Kind
    edit: Edit | None


def draw_edit(kind: Kind, draw: np.random.Generator) -> Edit:
    """Draw what is done: one change, or two to four of them for a combined copy."""
    chosen = {kind}
    if kind == "combined":
        count = int(draw.integers(2, _EDITS + 1))
        chosen = {NEAR_KINDS[index] for index in draw.choice(_EDITS, count, replace=False).tolist()}
    top, bottom, left, right = draw.uniform(0.01, 0.05, 4).tolist()
    scale, quality = float(draw.uniform(0.5, 1.5)), int(draw.integers(40, 91))
    return Edit(
        scale=scale if "resized" in chosen else 1.0,
        quality=quality if "re-encoded" in chosen else _QUALITY,
        mirrored="mirrored" in chosen,
        crop=(top, bottom, left, right) if "cropped" in chosen else (0.0, 0.0, 0.0, 0.0),
    )


def apply_edit(picture: Picture, edit: Edit) -> Picture:
    """Crop, mirror and resize a picture (H, W, 3); no side falls below the smallest that a data set takes."""
    height, width = picture.shape[:2]
    top, bottom, left, right = (
        round(share * side) for share, side in zip(edit.crop, (height, height, width, width), strict=True)
    )
    changed = picture[top : height - bottom, left : width - right]
    if edit.mirrored:
        changed = changed[:, ::-1]
    if edit.scale != 1:
        size = [max(round(side * edit.scale), MIN_SIDE_PX) for side in (changed.shape[1], changed.shape[0])]
        way = cv2.INTER_AREA if edit.scale < 1 else cv2.INTER_CUBIC
        changed = np.asarray(cv2.resize(np.ascontiguousarray(changed), size, interpolation=way), dtype=np.uint8)
    return np.ascontiguousarray(changed)


def plant(
    folder: Path, pictures: Sequence[tuple[PictureRecord, Path]], near: int, exact: int, seed: int
) -> list[Planted]:
    """Bring pictures into a folder, plant copies of some, and write a manifest of all.

    Args:
        folder: Receives `manifest.csv` and `pictures/`; the originals are hard links where the file system allows it,
            and copies elsewhere.
        pictures: The originals and their files.
        near: Copies that are changed, of distinct originals, as many of each of `NEAR_KINDS` as can be.
        exact: Copies of equal bytes, of distinct originals.
        seed: Which of the possible plantings.

    Returns:
        What was planted.

    Raises:
        InputError: There are too few pictures, or one cannot be read.
    """
    if max(near, exact) > len(pictures):
        raise InputError(f"expected {max(near, exact)} or more usable pictures to plant copies of, got {len(pictures)}")
    rows: list[tuple[str, ...]] = []
    for record, file in pictures:
        path = f"{_ORIGINALS}/{record.path}"
        _bring(file, folder / path)
        time = "" if record.time_s is None else repr(record.time_s)
        rows.append((path, record.label, record.source, record.group, record.camera, time))
    kinds: list[Kind] = [NEAR_KINDS[index % len(NEAR_KINDS)] for index in range(near)] + ["exact"] * exact
    draw = keyed_generator("planted", "originals", seed)
    chosen = [*draw.permutation(len(pictures))[:near].tolist(), *draw.permutation(len(pictures))[:exact].tolist()]
    planted: list[Planted] = []
    in_class: dict[str, int] = {}
    for index, (kind, at) in enumerate(zip(kinds, chosen, strict=True)):
        record, file = pictures[at]
        item = _plant_one(folder, file, f"{_ORIGINALS}/{record.path}", kind, (seed, index))
        planted.append(item)
        nth = in_class[record.label] = in_class.get(record.label, -1) + 1
        rows.append((item.path, record.label, record.source, f"planted-{record.label}-{nth // 2:04d}", "", ""))
    with (folder / MANIFEST).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return planted


def _plant_one(folder: Path, file: Path, original: str, kind: Kind, key: tuple[int, int]) -> Planted:
    """Write one copy."""
    draw = keyed_generator("planted", *key)
    place = _BEFORE if draw.integers(2) else _AFTER
    suffix = file.suffix if kind == "exact" else ".jpg"
    path = f"{place}/{key[1]:04d}-{kind}{suffix}"
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    if kind == "exact":
        shutil.copyfile(file, folder / path)
        return Planted(path, original, kind, None)
    edit = draw_edit(kind, draw)
    picture = apply_edit(read_picture(file), edit)
    done, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, edit.quality])
    if not done:
        raise OSError(f"{path}: cannot be encoded")
    (folder / path).write_bytes(data.tobytes())
    return Planted(path, original, kind, edit)


def _bring(file: Path, target: Path) -> None:
    """Link a file's bytes to another name, or copy them to another file system."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file.resolve(), target)
    except OSError:
        shutil.copyfile(file, target)
