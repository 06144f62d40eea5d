"""Make a tiny data set of pictures that differ by class in colour, two of them with each other's label."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import file_ref, save_artifact
from data_tools.checks.issues import write_issues
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import PictureRecord, write_records
from data_tools.duplicates.pairs import NearDuplicate, write_near_duplicates
from data_tools.randomness import keyed_generator

CLASSES = ("dry", "wet", "snow")
COLORS = {"dry": (120, 110, 100), "wet": (40, 60, 90), "snow": (225, 230, 235)}
SWAPPED = {"dry/3.png": "snow", "snow/5.png": "dry"}
"""Pictures that show another class than their label says, and which."""


def make_dataset(folder: Path, per_class: int = 24, near_duplicates: Iterable[tuple[str, str]] = ()) -> Path:
    """Write pictures, two to a drive, and `dataset.json`; return its path."""
    records = []
    for label in CLASSES:
        for index in range(per_class):
            name = f"{label}/{index}.png"
            _write_picture(folder / name, SWAPPED.get(name, label))
            records.append(
                PictureRecord(
                    path=name,
                    label=label,
                    source="car",
                    group=f"{label}-{index // 2}",
                    sha256=sha256_file(folder / name),
                    height_px=48,
                    width_px=64,
                )
            )
    write_records(folder / "records.csv", records)
    pairs = [NearDuplicate("a.png", "b.png", first, second, 1, False, 0.99) for first, second in near_duplicates]
    write_near_duplicates(folder / "near_duplicates.csv", pairs)
    write_issues(folder / "issues.csv", [])
    dataset = DatasetArtifact(
        schema_version=2,
        producer="tests",
        parents=(),
        classes=CLASSES,
        roots={"": "."},
        source_type="class_folders",
        records=file_ref(folder / "records.csv", folder),
        issues=file_ref(folder / "issues.csv", folder),
        near_duplicates=file_ref(folder / "near_duplicates.csv", folder),
        pictures=len(records),
        pictures_by_class=dict.fromkeys(CLASSES, per_class),
        groups=len({record.group for record in records}),
        groups_by_class=dict.fromkeys(CLASSES, per_class // 2),
        pictures_by_source={"car": len(records)},
        quarantined_by_issue={},
        reported_by_issue={},
    )
    return save_artifact(dataset, folder / "dataset.json")


def _write_picture(path: Path, shown: str) -> None:
    """Write a picture of a class's colour with a little texture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    texture = keyed_generator(path.parent.name, path.name).normal(0, 12, (48, 64, 3))
    picture = np.clip(np.array(COLORS[shown]) + texture, 0, 255).astype(np.uint8)
    assert cv2.imwrite(str(path), picture[..., ::-1])
