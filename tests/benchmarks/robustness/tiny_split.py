"""Write a tiny data set and its split, all in the test part unless said otherwise."""

import json
from pathlib import Path

import cv2

from data_tools.artifacts.hashing import sha256_file
from data_tools.dataset.records import PictureRecord
from tests.data_tools.split.by_hand import save_split
from tests.data_tools.split.records import write_dataset
from tests.export.runtime.tiny_bundle import colour_picture


def write_split(folder: Path, pictures_by_class: dict[str, int], strength: int = 2) -> Path:
    """Write pictures whose class is barely visible, and return the split's path."""
    classes = tuple(pictures_by_class)
    data, split = folder / "data", folder / "split"
    records = []
    for label, (name, count) in enumerate(pictures_by_class.items()):
        for index in range(count):
            path = f"{name}/{index}.png"
            (data / name).mkdir(parents=True, exist_ok=True)
            picture = colour_picture(label % 3, 48, 60, strength=strength, seed=100 * label + index)
            assert cv2.imwrite(str(data / path), picture[..., ::-1])
            records.append(
                PictureRecord(
                    path=path,
                    label=name,
                    source="a",
                    group=path,
                    sha256=sha256_file(data / path),
                    height_px=48,
                    width_px=60,
                )
            )
    dataset = write_dataset(data, records, classes=classes, root=".")
    split.mkdir()
    return save_split(split, dataset, dict.fromkeys((record.path for record in records), "test"))


def without_host(path: Path) -> dict:
    values = json.loads(path.read_text())
    del values["host"]
    return values
