"""Read a data set's tables for the split: columns as numpy codes, nothing but what grouping needs."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.errors import InputError
from data_tools.split.csv_columns import read_columns

Codes = npt.NDArray[np.int32]
_RECORDS = ("path", "label", "source", "group", "camera", "time_s", "sha256")
_PAIRS = ("path_a", "path_b", "group_a", "group_b")


@dataclass(frozen=True)
class PictureTable:
    """Hold n usable pictures, one a position.

    Attributes:
        paths: n unique paths.
        label: Class index, (n,).
        source: Index into `source_names`, (n,).
        drive: Index into `drive_names`, (n,).
        camera: Index of the camera, −1 when unknown, (n,).
        time_s: Capture time on the camera's clock, NaN when unknown, (n,).
        sha256: Digest of the encoded file, 32 bytes each, (n,).
        pairs: Near-duplicate pairs as positions, (m, 2). A position ≥ n is a copy that the data set has set aside:
            `copy_drive[position − n]` says which drive it belongs to.
        copy_drive: Index into `drive_names`, −1 when unknown, (k,).
    """

    classes: tuple[str, ...]
    paths: list[str]
    label: Codes
    source: Codes
    source_names: list[str]
    drive: Codes
    drive_names: list[str]
    camera: Codes
    time_s: npt.NDArray[np.float64]
    sha256: npt.NDArray[np.bytes_]
    pairs: npt.NDArray[np.int64]
    copy_drive: Codes

    def __len__(self) -> int:
        """Return n."""
        return len(self.paths)

    def positions(self) -> dict[str, int]:
        """Return the position of every path."""
        return {path: position for position, path in enumerate(self.paths)}


class _Names:
    """Give every text a code, in order of appearance."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}

    def encode(self, texts: tuple[str, ...]) -> Codes:
        """Return the codes of texts."""
        codes = self.codes
        return np.fromiter((codes.setdefault(text, len(codes)) for text in texts), np.int32, len(texts))


def load_table(dataset_path: Path) -> tuple[DatasetArtifact, PictureTable]:
    """Load a data set, check its payload's digests, and read the columns that the split needs.

    Raises:
        InputError: A file is missing or malformed.
        CheckFailedError: A table was changed after the data set was built.
    """
    dataset = load_artifact(DatasetArtifact, dataset_path)
    check_payload(dataset, dataset_path.parent)
    folder = dataset_path.parent
    return dataset, read_table(folder / dataset.records.path, folder / dataset.near_duplicates.path, dataset.classes)


def read_table(records: Path, near_duplicates: Path | None, classes: tuple[str, ...]) -> PictureTable:
    """Read records.csv and near_duplicates.csv.

    Raises:
        InputError: A table is malformed, names a path twice, or has a class that the data set does not have.
    """
    paths: list[str] = []
    chunks: list[tuple[npt.NDArray[np.generic], ...]] = []
    labels, sources, drives, cameras = _Names(), _Names(), _Names(), _Names()
    labels.encode(classes)
    cameras.encode(("",))
    for path, label, source, group, camera, time, sha256 in read_columns(records, _RECORDS):
        paths.extend(path)
        chunks.append(
            (
                labels.encode(label),
                sources.encode(source),
                drives.encode(group),
                cameras.encode(camera) - 1,
                _times(time, records),
                _digests(sha256, records),
            )
        )
    if len(labels.codes) > len(classes):
        unknown = list(labels.codes)[len(classes)]
        raise InputError(f"{records}: expected the classes {', '.join(classes)}, got '{unknown}'")
    columns = [np.concatenate(column) for column in zip(*chunks, strict=True)] or [np.zeros(0)] * 6
    position = {name: index for index, name in enumerate(paths)}
    if len(position) < len(paths):
        raise InputError(f"{records}: names a path twice; build the data set again")
    pairs, copy_drive = _read_pairs(near_duplicates, position, drives)
    return PictureTable(
        classes=classes,
        paths=paths,
        label=columns[0].astype(np.int32),
        source=columns[1].astype(np.int32),
        source_names=list(sources.codes),
        drive=columns[2].astype(np.int32),
        drive_names=list(drives.codes),
        camera=columns[3].astype(np.int32),
        time_s=columns[4].astype(np.float64),
        sha256=columns[5].astype("S32"),
        pairs=pairs,
        copy_drive=copy_drive,
    )


def _read_pairs(path: Path | None, position: dict[str, int], drives: _Names) -> tuple[npt.NDArray[np.int64], Codes]:
    """Return the pairs as positions; a picture that is no record gets a position past the end."""
    copies: dict[str, int] = {}
    copy_groups: list[str] = []
    chunks = [np.zeros((0, 2), np.int64)]

    def locate(name: str, group: str) -> int:
        found = position.get(name)
        if found is not None:
            return found
        if name not in copies:
            copies[name] = len(position) + len(copies)
            copy_groups.append(group)
        return copies[name]

    for path_a, path_b, group_a, group_b in read_columns(path, _PAIRS) if path is not None else ():
        left = [locate(name, group) for name, group in zip(path_a, group_a, strict=True)]
        right = [locate(name, group) for name, group in zip(path_b, group_b, strict=True)]
        chunks.append(np.array([left, right], np.int64).T)
    copy_drive = drives.encode(tuple(copy_groups))
    copy_drive[[not group for group in copy_groups]] = -1
    return np.concatenate(chunks), copy_drive


def _times(texts: tuple[str, ...], path: Path) -> npt.NDArray[np.float64]:
    """Return times in seconds; an empty text is NaN."""
    try:
        return np.fromiter((float(text) if text else np.nan for text in texts), np.float64, len(texts))
    except ValueError as error:
        raise InputError(f"{path}: time_s: expected seconds or nothing ({error})") from error


def _digests(texts: tuple[str, ...], path: Path) -> npt.NDArray[np.bytes_]:
    """Return hexadecimal digests as 32 bytes each."""
    bad = [text for text in texts if len(text) != 64]
    if bad:
        raise InputError(f"{path}: sha256: expected 64 hexadecimal digits, got '{bad[0]}'")
    try:
        return np.frombuffer(bytes.fromhex("".join(texts)), "S32")
    except ValueError as error:
        raise InputError(f"{path}: sha256: expected hexadecimal digits ({error})") from error
