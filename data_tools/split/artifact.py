"""Describe a split, and open its parts."""

import csv
from pathlib import Path
from typing import Literal

from pydantic import Field

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import Artifact, FileRef, Record, check_payload, load_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import read_records
from data_tools.errors import CheckFailedError, InputError

FILE_NAME = "split.json"
Part = Literal["train", "val", "calibration", "test"]
PARTS: tuple[Part, ...] = ("train", "val", "calibration", "test")


class SplitArtifact(Artifact):
    """Say which picture is in which part; `assignment` is a CSV table of path, part."""

    kind: Literal["split"] = "split"
    schema_version: Literal[1]
    classes: tuple[str, ...]
    seed: int
    protocol: str = Field(description="'random' or 'by_source'")
    assignment: FileRef
    pictures: dict[Part, dict[str, int]] = Field(description="picture count by part and class")
    groups: dict[Part, int] = Field(description="group count by part")
    groups_in_two_parts: int = Field(ge=0, le=0, description="the leak audit; a split with a leak cannot be stored")


class Sample(Record):
    """Name one picture of a part."""

    image_id: str = Field(description="its path in the data set; seeds the perturbations")
    file: Path
    label: int = Field(description="class index")
    source: str
    group: str


class OpenSplit(Record):
    """Hold a split with its samples resolved to files."""

    classes: tuple[str, ...]
    dataset_path: Path
    samples: dict[Part, tuple[Sample, ...]]


def open_split(path: Path) -> OpenSplit:
    """Load a split and its data set, check their hashes, and resolve every sample to a file.

    Args:
        path: The split's JSON.

    Raises:
        InputError: A file is missing or malformed.
        CheckFailedError: The data set or a table was changed after the split was made.
    """
    split = load_artifact(SplitArtifact, path)
    check_payload(split, path.parent)
    origins = [item for item in split.parents if item.role == "dataset"]
    if len(origins) != 1:
        raise InputError(f"{path}: expected one parent with the role dataset, got {len(origins)}")
    origin = origins[0]
    dataset_path = (path.parent / origin.path).resolve()
    if not dataset_path.is_file():
        raise InputError(f"{path}: its data set {dataset_path} is missing; build it again or move it back")
    if sha256_file(dataset_path) != origin.sha256:
        raise CheckFailedError(f"{dataset_path}: changed after the split {path} was made; split it again")
    dataset = load_artifact(DatasetArtifact, dataset_path)
    check_payload(dataset, dataset_path.parent)
    root = dataset.root_folder(dataset_path.parent)
    with (path.parent / split.assignment.path).open(newline="", encoding="utf-8") as stream:
        part_of = {row["path"]: row["part"] for row in csv.DictReader(stream)}
    samples: dict[Part, list[Sample]] = {part: [] for part in PARTS}
    index = {name: position for position, name in enumerate(split.classes)}
    for record in read_records(dataset_path.parent / dataset.records.path):
        part = part_of.get(record.path)
        if part is None:
            continue
        for known in PARTS:
            if part == known:
                samples[known].append(
                    Sample(
                        image_id=record.path,
                        file=root / record.path,
                        label=index[record.label],
                        source=record.source,
                        group=record.group,
                    )
                )
    return OpenSplit(
        classes=split.classes,
        dataset_path=dataset_path,
        samples={part: tuple(items) for part, items in samples.items()},
    )
