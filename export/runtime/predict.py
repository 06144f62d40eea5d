"""Classify picture files and folders, and list what cannot be read beside what can."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from data_tools.artifacts.model import Record
from data_tools.errors import InputError
from data_tools.images.decode import SUFFIXES, Picture, UnreadablePictureError, read_picture
from data_tools.progress import Progress, silent
from export.runtime.prediction import Prediction
from export.runtime.session import Classifier


class ClassifiedEntry(Record):
    """Hold the decision on one picture file."""

    path: str
    """As given; what of it is no UTF-8 is escaped, such as \\udcff for the byte FF."""
    label: str
    confidence: float
    probabilities: dict[str, float]
    """With the variant's temperature."""
    distance: float
    """From the feature to the nearest class centre."""
    in_distribution: bool
    """Whether that is a usual distance; if not, the picture is unlike those that the network knows."""


class UnreadableEntry(Record):
    """Say why a path gave no decision."""

    path: str
    error: str


Entry = ClassifiedEntry | UnreadableEntry

_ENTRIES: TypeAdapter[list[Entry]] = TypeAdapter(list[Entry])


def predict_paths(
    classifier: Classifier, paths: Sequence[Path], batch_size: int = 16, progress: Progress = silent
) -> list[Entry]:
    """Classify files, and the pictures below folders; a path that is no usable picture becomes an error entry.

    At most one picture at its own size and `batch_size` pictures at model size are held at a time.

    Args:
        classifier: An opened variant.
        paths: Files and folders; the entries come in this order, below a folder in sorted order.
        batch_size: Pictures a run, at least 1.
        progress: Receives the number of paths done.

    Raises:
        InputError: A folder holds no picture file, or `batch_size` is below 1.
        CheckFailedError: See `Classifier.run`.
    """
    if batch_size < 1:
        raise InputError(f"batch_size: expected 1 or more, got {batch_size}")
    files = [file for path in paths for file in expand(path)]
    entries: list[Entry] = []
    for start in range(0, len(files), batch_size):
        entries += _predict_batch(classifier, files[start : start + batch_size])
        progress(len(entries), len(files), "classifying pictures")
    return entries


def expand(path: Path) -> list[Path]:
    """Return a folder's picture files (by suffix, at any depth, sorted), or the path itself if it is no folder.

    Raises:
        InputError: The folder holds no picture file.
    """
    if not path.is_dir():
        return [path]
    files = sorted(item for item in path.rglob("*") if item.suffix.lower() in SUFFIXES and item.is_file())
    if not files:
        raise InputError(f"{path}: expected pictures ({', '.join(sorted(SUFFIXES))}), but this folder holds none")
    return files


def entries_json(entries: Sequence[Entry]) -> str:
    """Return entries as an indented JSON list.

    Each item has the keys path, label, confidence, probabilities (by class), distance and in_distribution, or path
    and error; `Prediction` says what they mean.
    """
    return _ENTRIES.dump_json(list(entries), indent=2).decode() + "\n"


def _predict_batch(classifier: Classifier, files: Sequence[Path]) -> list[Entry]:
    """Classify the readable files in one run, and return an entry a file in the given order."""
    loaded = [_load(classifier, file) for file in files]
    pictures = [item for item in loaded if not isinstance(item, UnreadableEntry)]
    predictions = iter(classifier.predict(np.stack(pictures)) if pictures else [])
    return [
        item if isinstance(item, UnreadableEntry) else _entry(file, next(predictions))
        for file, item in zip(files, loaded, strict=True)
    ]


def _load(classifier: Classifier, file: Path) -> Picture | UnreadableEntry:
    """Read a picture and bring it to model size, or say why not."""
    try:
        return classifier.prepare(read_picture(file))
    except UnreadablePictureError as error:
        return UnreadableEntry(path=_text(str(file)), error=_text(str(error).removeprefix(f"{file}: ")))


def _entry(file: Path, prediction: Prediction) -> ClassifiedEntry:
    """Join a file's name and its prediction."""
    return ClassifiedEntry(path=_text(str(file)), **prediction.model_dump())


def _text(name: str) -> str:
    """Return a file's name as text that can be written, for a name may hold any bytes."""
    return name.encode(errors="backslashreplace").decode()
