"""Make a tiny data set and split of pictures that differ by class in colour."""

from pathlib import Path

import cv2
import numpy as np

from data_tools.artifacts.hashing import sha256_file
from data_tools.dataset.records import PictureRecord
from data_tools.randomness import keyed_generator
from data_tools.split.artifact import PARTS, Part
from tests.data_tools.split.by_hand import save_split
from tests.data_tools.split.records import write_dataset

CLASSES = ("dry", "wet", "snow")
COLORS = {"dry": (120, 110, 100), "wet": (40, 60, 90), "snow": (225, 230, 235)}
SIZES: dict[Part, int] = {"train": 7, "val": 3, "calibration": 1, "test": 3}
"""Pictures a class."""


def make_split(folder: Path, sizes: dict[Part, int] = SIZES, side: int = 64) -> Path:
    """Write pictures, `dataset.json` and `split.json`; return the split's path."""
    folder.mkdir(parents=True, exist_ok=True)
    records, part_of = [], {}
    for part in PARTS:
        for index in range(sizes[part]):
            for label in CLASSES:
                name = f"{label}/{part}_{index}.png"
                _write_picture(folder / name, label, side)
                part_of[name] = part
                records.append(
                    PictureRecord(
                        path=name,
                        label=label,
                        source="web" if index % 2 else "car",
                        group=f"{part}-{label}-{index}",
                        sha256=sha256_file(folder / name),
                        height_px=side,
                        width_px=side,
                    )
                )
    return save_split(folder, write_dataset(folder, records, root="."), part_of)


def _write_picture(path: Path, label: str, side: int) -> None:
    """Write a picture of the class's colour with a little texture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    texture = keyed_generator(path.name, label).normal(0, 12, (side, side, 3))
    picture = np.clip(np.array(COLORS[label]) + texture, 0, 255).astype(np.uint8)
    assert cv2.imwrite(str(path), picture[..., ::-1])
