"""Read and write the table of usable pictures."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from data_tools.artifacts.csv_table import iterate_table, write_table
from data_tools.dataset.facts import PictureFacts


class PictureRecord(NamedTuple):
    """Describe one usable picture: what its source says, the digest of its bytes, and what was measured.

    A named tuple and not a pydantic model: a data set may have a million of them. The measured fields are those of
    `PictureFacts`, with its meaning and units.

    Attributes:
        path: From the root of its source; unique in the data set.
        label: One of the data set's classes.
        source: The campaign or collection it comes from.
        group: The drive.
        sha256: Of the encoded file.
        camera: Empty when unknown.
        time_s: Capture time in seconds on the camera's clock; None when unknown.
        source_label: What the source itself calls it.
    """

    path: str
    label: str
    source: str
    group: str
    sha256: str
    height_px: int
    width_px: int
    camera: str = ""
    time_s: float | None = None
    source_label: str = ""
    format: str = ""
    orientation: int = 1
    brightness: float = 0.5
    contrast: float = 0.2
    sharpness: float = 1.0
    entropy_bits: float = 7.0
    chroma: float = 0.1
    phash: str = "0000000000000000"

    @property
    def facts(self) -> PictureFacts:
        """Return what was measured of it."""
        return PictureFacts(*(getattr(self, name) for name in PictureFacts._fields))


COLUMNS = PictureRecord._fields
_DIGITS = frozenset("0123456789abcdef")


def write_records(path: Path, records: Iterable[PictureRecord]) -> None:
    """Write the table of usable pictures, atomically; an unknown time is empty."""
    write_table(path, COLUMNS, records)


def read_records(path: Path) -> list[PictureRecord]:
    """Read the table of usable pictures.

    Raises:
        InputError: The file is missing, or its columns or rows are not those of `PictureRecord`.
    """
    return list(iterate_records(path))


def iterate_records(path: Path) -> Iterator[PictureRecord]:
    """Yield the usable pictures one by one (see `read_records`)."""
    return iterate_table(path, COLUMNS, parse)


def parse(row: list[str]) -> PictureRecord:
    """Turn the text fields of one row into a record.

    Raises:
        ValueError: A number is none, or a digest is not hexadecimal.
    """
    path, label, source, group, sha256, height, width, camera, time, source_label, kind, orientation, *rest = row
    brightness, contrast, sharpness, entropy, chroma, phash = rest
    if len(sha256) != 64 or not _DIGITS.issuperset(sha256):
        raise ValueError(f"sha256: expected 64 hexadecimal digits, got '{sha256}'")
    if len(phash) != 16 or not _DIGITS.issuperset(phash):
        raise ValueError(f"phash: expected 16 hexadecimal digits, got '{phash}'")
    return PictureRecord(
        path,
        label,
        source,
        group,
        sha256,
        int(height),
        int(width),
        camera,
        float(time) if time else None,
        source_label,
        kind,
        int(orientation),
        float(brightness),
        float(contrast),
        float(sharpness),
        float(entropy),
        float(chroma),
        phash,
    )
