"""Describe a split, and open its parts."""

from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field, SkipValidation

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import Artifact, FileRef, Record, check_payload, load_artifact
from data_tools.cache.reader import CachedPicture
from data_tools.dataset.cached import read_cache
from data_tools.errors import CheckFailedError, InputError
from data_tools.split.assignment import parts_of
from data_tools.split.audit import AuditReport
from data_tools.split.parts import CODE_OF, PARTS, Part
from data_tools.split.table import PictureTable, load_table

__all__ = ["FILE_NAME", "PARTS", "OpenSplit", "Part", "PartShares", "Sample", "SplitArtifact", "open_split"]
FILE_NAME = "split.json"


class PartShares(Record):
    """Say which share of every class a part should have, and has; shares are of the pictures that were dealt."""

    wanted: float
    achieved: dict[str, float]


class SplitArtifact(Artifact):
    """Say which picture is in which part, by which rules, and that the leak audit found nothing.

    `assignment` is a CSV table of path, part, reason: a row without a part says why the picture is left out. `ledger`
    is one of kind, name, sha256, part: every picture and drive that this or an earlier split gave a part to, also
    those that are no longer in the data set.
    """

    kind: Literal["split"] = "split"
    schema_version: Literal[2]
    classes: tuple[str, ...]
    seed: int
    protocol: str = Field(description="'random' or 'by_source'")
    test_sources: tuple[str, ...] = ()
    train_sources: tuple[str, ...] = ()
    fractions: dict[Part, float] = Field(description="the shares that were asked for")
    tolerance: float = Field(description="how far a share of a class may lie from the wanted one, absolute")
    guard_gap_s: float = Field(description="pictures that one camera took this close in time are in one part")
    previous_sha256: str | None = Field(
        default=None, description="of the split.json whose ledger was carried on; null when all was dealt anew"
    )
    assignment: FileRef
    ledger: FileRef
    pictures: dict[Part, dict[str, int]] = Field(description="picture count by part and class")
    groups: dict[Part, int] = Field(description="number of drives by part")
    united_groups: dict[Part, int] = Field(
        description="number of groups by part, drives united by near duplicates and by camera and time counted once"
    )
    groups_in_two_parts: int = Field(ge=0, le=0, description="the leak audit; a split with a leak cannot be stored")
    shares: dict[Part, PartShares] = Field(description="for the parts that groups are dealt to")
    left_out: dict[str, int] = Field(description="pictures in no part, by reason")
    audit: AuditReport


class Sample(NamedTuple):
    """Name one picture of a part; a named tuple, because a split may have a million of them.

    Attributes:
        image_id: Its path in the data set; seeds the perturbations.
        file: Where it lies.
        label: Class index.
        source: The campaign or collection it comes from.
        group: Its drive.
        cached: Its place in the data set's cache, if that has one.
    """

    image_id: str
    file: Path
    label: int
    source: str
    group: str
    cached: CachedPicture | None = None


class OpenSplit(Record):
    """Hold a split with its samples resolved to files."""

    classes: tuple[str, ...]
    dataset_path: Path
    samples: SkipValidation[dict[Part, tuple[Sample, ...]]]


def open_split(path: Path) -> OpenSplit:
    """Load a split and its data set, check their hashes, and resolve every sample to a file.

    Args:
        path: The split's JSON.

    Raises:
        InputError: A file is missing or malformed, or the assignment does not fit the data set.
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
    dataset, table = load_table(dataset_path)
    if dataset.classes != split.classes:
        raise CheckFailedError(f"{path}: its classes are not those of its data set {dataset_path}; split it again")
    part = parts_of(path.parent / split.assignment.path, table.paths)
    _check_counts(split, table, part, path)
    name = dataset.file_namer(dataset_path.parent)
    cached = read_cache(dataset, dataset_path.parent)
    samples: dict[Part, tuple[Sample, ...]] = {}
    for known in PARTS:
        chosen = np.flatnonzero(part == CODE_OF[known])
        samples[known] = tuple(
            Sample(
                table.paths[at],
                name(table.paths[at]),
                label,
                table.source_names[source],
                table.drive_names[drive],
                cached.get(table.paths[at]),
            )
            for at, label, source, drive in zip(
                chosen.tolist(),
                table.label[chosen].tolist(),
                table.source[chosen].tolist(),
                table.drive[chosen].tolist(),
                strict=True,
            )
        )
    return OpenSplit(classes=split.classes, dataset_path=dataset_path, samples=samples)


def _check_counts(split: SplitArtifact, table: PictureTable, part: npt.NDArray[np.int8], path: Path) -> None:
    """Compare the parts' picture counts with those that the audit passed."""
    for name in PARTS:
        counts = np.bincount(table.label[part == CODE_OF[name]], minlength=len(table.classes)).tolist()
        stored = [split.pictures.get(name, {}).get(label, 0) for label in table.classes]
        if counts != stored:
            raise CheckFailedError(f"{path}: lists {stored} pictures in {name}, but its table has {counts}")
