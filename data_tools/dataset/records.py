"""Read and write the table of usable pictures."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from data_tools.artifacts.atomic import write_text
from data_tools.artifacts.model import Record
from data_tools.errors import InputError
from data_tools.validation import describe


class PictureRecord(Record):
    """Describe one usable picture."""

    path: str
    label: str
    source: str
    group: str
    sha256: str
    height_px: int
    width_px: int


class SetAsideRecord(Record):
    """Describe one file that was set aside, and why."""

    path: str
    reason: str
    detail: str


RowT = TypeVar("RowT", PictureRecord, SetAsideRecord)


def to_csv(rows: Iterable[PictureRecord | SetAsideRecord], cls: type[PictureRecord] | type[SetAsideRecord]) -> str:
    """Return rows as CSV text with a header line."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=list(cls.model_fields), lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.model_dump() for row in rows)
    return stream.getvalue()


def write_records(path: Path, records: Iterable[PictureRecord]) -> None:
    """Write the table of usable pictures, atomically."""
    write_text(path, to_csv(records, PictureRecord))


def write_set_aside(path: Path, rows: Iterable[SetAsideRecord]) -> None:
    """Write the table of rejected files, atomically."""
    write_text(path, to_csv(rows, SetAsideRecord))


def read_records(path: Path) -> list[PictureRecord]:
    """Read the table of usable pictures.

    Raises:
        InputError: The file is missing, or its columns or rows are not those of `PictureRecord`.
    """
    return _rows(path, PictureRecord)


def read_set_aside(path: Path) -> list[SetAsideRecord]:
    """Read the table of rejected files.

    Raises:
        InputError: The file is missing, or its columns or rows are not those of `SetAsideRecord`.
    """
    return _rows(path, SetAsideRecord)


def _rows(path: Path, cls: type[RowT]) -> list[RowT]:
    """Read a CSV table whose columns must be exactly the fields of `cls`."""
    expected = list(cls.model_fields)
    rows: list[RowT] = []
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            reader = csv.DictReader(stream)
            if reader.fieldnames != expected:
                raise InputError(f"{path}: expected the columns {expected}, got {reader.fieldnames}")
            for row in reader:
                if None in row:
                    raise InputError(f"{path}, line {reader.line_num}: expected {len(expected)} fields, got more")
                rows.append(cls.model_validate(row))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: expected a CSV table, but it cannot be read ({error})") from error
    except ValidationError as error:
        raise InputError(f"{path}, line {reader.line_num}: {describe(error, cls)}") from error
    return rows
