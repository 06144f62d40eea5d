"""Write a tiny data set and its split, all in the test part unless said otherwise."""

import json
from pathlib import Path

import cv2

from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import PictureRecord, write_records, write_set_aside
from data_tools.split.artifact import PARTS, SplitArtifact
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
                PictureRecord(path=path, label=name, source="a", group=path, sha256="0" * 64, height_px=48, width_px=60)
            )
    write_records(data / "records.csv", records)
    write_set_aside(data / "set_aside.csv", [])
    dataset_path = save_artifact(
        DatasetArtifact(
            schema_version=1,
            producer="test",
            parents=(),
            classes=classes,
            root=".",
            source_type="manifest",
            records=file_ref(data / "records.csv", data),
            set_aside=file_ref(data / "set_aside.csv", data),
            pictures=len(records),
            pictures_by_class=pictures_by_class,
            groups=len(records),
            groups_by_class=pictures_by_class,
            pictures_by_source={"a": len(records)},
            set_aside_by_reason={},
        ),
        data / "dataset.json",
    )
    split.mkdir()
    (split / "assignment.csv").write_text("path,part\n" + "".join(f"{item.path},test\n" for item in records))
    return save_artifact(
        SplitArtifact(
            schema_version=1,
            producer="test",
            parents=(parent("dataset", dataset_path, split),),
            classes=classes,
            seed=0,
            protocol="random",
            assignment=file_ref(split / "assignment.csv", split),
            pictures={part: pictures_by_class if part == "test" else {} for part in PARTS},
            groups={part: len(records) if part == "test" else 0 for part in PARTS},
            groups_in_two_parts=0,
        ),
        split / "split.json",
    )


def without_host(path: Path) -> dict:
    values = json.loads(path.read_text())
    del values["host"]
    return values
