"""Write a data set and a split for the report's tests; every number is made up."""

import csv
from pathlib import Path

from data_tools.artifacts.hashing import sha256_bytes
from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import PictureRecord, SetAsideRecord, write_records, write_set_aside
from data_tools.split.artifact import PARTS, SplitArtifact
from tests.pipeline.report.synthetic_pictures import paint

PICTURES_PER_CLASS = 40
_PART_OF_GROUP = ("train", "train", "train", "train", "train", "train", "val", "calibration", "test", "test")
HEIGHT, WIDTH = 60, 75


def write_dataset(folder: Path, classes: tuple[str, ...], sources: tuple[str, ...]) -> Path:
    records = []
    root = folder / "road_pictures"
    for label, name in enumerate(classes):
        for index in range(PICTURES_PER_CLASS):
            group = index % len(_PART_OF_GROUP)
            path = f"class{label}/drive{group}/{index:03d}.png"
            data = paint(label, index, HEIGHT, WIDTH)
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
            records.append(
                PictureRecord(
                    path=path,
                    label=name,
                    source=sources[group % len(sources)],
                    group=f"{label}-drive{group}",
                    sha256=sha256_bytes(data),
                    height_px=HEIGHT,
                    width_px=WIDTH,
                )
            )
    write_records(folder / "records.csv", records)
    rejected = [
        SetAsideRecord(path="class0/broken.jpg", reason="truncated", detail=f"{root}/class0/broken.jpg: breaks off"),
        SetAsideRecord(path="class1/copy.png", reason="duplicate", detail="same pixels as class1/drive0/000.png"),
        SetAsideRecord(path="class2/copy.png", reason="duplicate", detail="same pixels as class2/drive3/013.png"),
    ]
    write_set_aside(folder / "set_aside.csv", rejected)
    by_source = {source: sum(item.source == source for item in records) for source in sources}
    artifact = DatasetArtifact(
        schema_version=1,
        producer="roadgrip 0.0.0",
        parents=(),
        classes=classes,
        root=str(root.resolve()),
        source_type="class_folders",
        records=file_ref(folder / "records.csv", folder),
        set_aside=file_ref(folder / "set_aside.csv", folder),
        pictures=len(records),
        pictures_by_class=dict.fromkeys(classes, PICTURES_PER_CLASS),
        groups=len(classes) * len(_PART_OF_GROUP),
        groups_by_class=dict.fromkeys(classes, len(_PART_OF_GROUP)),
        pictures_by_source=by_source,
        set_aside_by_reason={"duplicate": 2, "truncated": 1},
    )
    return save_artifact(artifact, folder / "dataset.json")


def write_split(folder: Path, dataset: Path, classes: tuple[str, ...]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "assignment.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["path", "part"])
        for label in range(len(classes)):
            for index in range(PICTURES_PER_CLASS):
                group = index % len(_PART_OF_GROUP)
                writer.writerow([f"class{label}/drive{group}/{index:03d}.png", _PART_OF_GROUP[group]])
    per_group = PICTURES_PER_CLASS // len(_PART_OF_GROUP)
    artifact = SplitArtifact(
        schema_version=1,
        producer="roadgrip 0.0.0",
        parents=(parent("dataset", dataset, folder),),
        classes=classes,
        seed=7,
        protocol="random",
        assignment=file_ref(folder / "assignment.csv", folder),
        pictures={part: dict.fromkeys(classes, per_group * _PART_OF_GROUP.count(part)) for part in PARTS},
        groups={part: len(classes) * _PART_OF_GROUP.count(part) for part in PARTS},
        groups_in_two_parts=0,
    )
    return save_artifact(artifact, folder / "split.json")
