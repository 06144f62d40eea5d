"""Make a tiny data set and split of pictures that differ by class in colour."""

from pathlib import Path

import cv2
import numpy as np

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import PictureRecord, write_records, write_set_aside
from data_tools.randomness import keyed_generator
from data_tools.split.artifact import PARTS, Part, SplitArtifact

CLASSES = ("dry", "wet", "snow")
COLORS = {"dry": (120, 110, 100), "wet": (40, 60, 90), "snow": (225, 230, 235)}
SIZES: dict[Part, int] = {"train": 7, "val": 3, "calibration": 1, "test": 3}
"""Pictures a class."""


def make_split(folder: Path, sizes: dict[Part, int] = SIZES, side: int = 64) -> Path:
    """Write pictures, `dataset.json` and `split.json`; return the split's path."""
    folder.mkdir(parents=True, exist_ok=True)
    records, assignment = [], ["path,part"]
    for part in PARTS:
        for index in range(sizes[part]):
            for label in CLASSES:
                name = f"{label}/{part}_{index}.png"
                _write_picture(folder / name, label, side)
                assignment.append(f"{name},{part}")
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
    write_records(folder / "records.csv", records)
    write_set_aside(folder / "set_aside.csv", [])
    per_class = sum(sizes.values())
    dataset = DatasetArtifact(
        schema_version=1,
        producer="tests",
        parents=(),
        classes=CLASSES,
        root=".",
        source_type="class_folders",
        records=file_ref(folder / "records.csv", folder),
        set_aside=file_ref(folder / "set_aside.csv", folder),
        pictures=len(records),
        pictures_by_class=dict.fromkeys(CLASSES, per_class),
        groups=len(records),
        groups_by_class=dict.fromkeys(CLASSES, per_class),
        pictures_by_source={source: sum(item.source == source for item in records) for source in ("car", "web")},
        set_aside_by_reason={},
    )
    dataset_path = save_artifact(dataset, folder / "dataset.json")
    (folder / "assignment.csv").write_text("\n".join(assignment) + "\n", encoding="utf-8")
    split = SplitArtifact(
        schema_version=1,
        producer="tests",
        parents=(parent("dataset", dataset_path, folder),),
        classes=CLASSES,
        seed=0,
        protocol="random",
        assignment=file_ref(folder / "assignment.csv", folder),
        pictures={part: dict.fromkeys(CLASSES, sizes[part]) for part in PARTS},
        groups={part: 3 * sizes[part] for part in PARTS},
        groups_in_two_parts=0,
    )
    return save_artifact(split, folder / "split.json")


def _write_picture(path: Path, label: str, side: int) -> None:
    """Write a picture of the class's colour with a little texture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    texture = keyed_generator(path.name, label).normal(0, 12, (side, side, 3))
    picture = np.clip(np.array(COLORS[label]) + texture, 0, 255).astype(np.uint8)
    assert cv2.imwrite(str(path), picture[..., ::-1])
