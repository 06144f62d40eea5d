"""Read what the search needs of a data set: the only file here that knows the data set's tables."""

from pathlib import Path
from typing import NamedTuple

from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import read_records
from data_tools.duplicates.pairs import read_near_duplicates
from data_tools.errors import InputError
from pipeline.label_errors.groups import join_groups


class LabelledPicture(NamedTuple):
    """Name one usable picture.

    Attributes:
        path: Its path in the data set.
        label: The given class name.
        group: Its drive, joined with the drives that hold near-duplicates of it.
        file: The picture file.
    """

    path: str
    label: str
    group: str
    file: Path


class LabelledPictures(NamedTuple):
    """Hold a data set's usable pictures and its classes in logit order."""

    classes: tuple[str, ...]
    pictures: list[LabelledPicture]


def read_pictures(dataset_path: Path) -> LabelledPictures:
    """Read the usable pictures of a data set, in its order.

    Args:
        dataset_path: The data set's JSON.

    Raises:
        InputError: A file is missing or malformed, or a label is none of the classes.
        CheckFailedError: A table was changed after the data set was built.
    """
    dataset = load_artifact(DatasetArtifact, dataset_path)
    folder = dataset_path.parent
    check_payload(dataset, folder)
    records = read_records(folder / dataset.records.path)
    unknown = sorted({record.label for record in records} - set(dataset.classes))
    if unknown:
        raise InputError(f"{dataset_path}: expected the labels {', '.join(dataset.classes)}, got {', '.join(unknown)}")
    pairs = [(row.group_a, row.group_b) for row in read_near_duplicates(folder / dataset.near_duplicates.path)]
    groups = join_groups([record.group for record in records], pairs)
    file_of = dataset.file_namer(folder)
    return LabelledPictures(
        dataset.classes,
        [
            LabelledPicture(record.path, record.label, group, file_of(record.path))
            for record, group in zip(records, groups, strict=True)
        ],
    )
