"""Read a manifest's rows from CSV or Parquet, as text, with the place each one stands at."""

import csv
import importlib
from collections.abc import Iterator
from pathlib import Path

from data_tools.errors import InputError, MissingDependencyError

REQUIRED = ("path", "label", "source", "group")
OPTIONAL = ("camera", "time_s")
Row = tuple[str, dict[str, str]]
"""Place (`line 7`) and the values by column; a missing value is an empty text."""


def read_rows(table: Path) -> Iterator[Row]:
    """Yield the rows of a manifest; further columns are left out.

    Raises:
        InputError: The table is missing, cannot be read, lacks a column or names one twice.
        MissingDependencyError: A Parquet table, but pyarrow is not installed.
    """
    if not table.is_file():
        raise InputError(f"{table}: expected a manifest (CSV or Parquet: {', '.join(REQUIRED)}); it does not exist")
    return _parquet_rows(table) if table.suffix.lower() == ".parquet" else _csv_rows(table)


def _csv_rows(table: Path) -> Iterator[Row]:
    """Yield the rows of a CSV table."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            columns = _columns(table, list(reader.fieldnames or []))
            for row in reader:
                if None in row:
                    raise InputError(
                        f"{table}, line {reader.line_num}: expected {len(reader.fieldnames or [])} fields, got more; "
                        "quote values that hold a comma"
                    )
                yield f"line {reader.line_num}", {name: (row[name] or "").strip(" \t") for name in columns}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table}: expected a CSV table, but it cannot be read ({error})") from error


def _parquet_rows(table: Path) -> Iterator[Row]:
    """Yield the rows of a Parquet table, a row group's part at a time."""
    try:
        arrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingDependencyError(
            f"{table}: reading Parquet needs pyarrow; install it with pip install '.[data]'"
        ) from error
    try:
        file = parquet.ParquetFile(table)
        columns = _columns(table, list(file.schema_arrow.names))
        for name in columns:
            _check_type(table, name, str(file.schema_arrow.field(name).type))
        number = 0
        for batch in file.iter_batches(columns=columns):
            for row in batch.to_pylist():
                number += 1
                yield f"row {number}", {name: "" if row[name] is None else str(row[name]) for name in columns}
    except (OSError, UnicodeDecodeError, arrow.ArrowException) as error:
        text = " ".join(str(error).split())
        raise InputError(f"{table}: expected a Parquet table, but it cannot be read ({text})") from error


def _columns(table: Path, found: list[str]) -> list[str]:
    """Return the columns to read."""
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise InputError(
            f"{table}: expected the columns {', '.join(REQUIRED)}; missing: {', '.join(missing)} "
            f"(found: {', '.join(found) or 'none'})"
        )
    wanted = [*REQUIRED, *(name for name in OPTIONAL if name in found)]
    twice = [name for name in wanted if found.count(name) > 1]
    if twice:
        raise InputError(f"{table}: expected each column once; found twice: {', '.join(twice)}")
    return wanted


def _check_type(table: Path, name: str, kind: str) -> None:
    """Refuse a Parquet column of another type: text, and a number for the time."""
    text = kind in {"string", "large_string", "string_view"} or kind.startswith("dictionary<values=string")
    number = name == "time_s" and kind in {"double", "float", "int64", "int32", "uint32", "uint64"}
    if not (text or number or kind == "null"):
        wanted = "a number" if name == "time_s" else "text"
        raise InputError(f"{table}: expected {wanted} in the column {name}, got {kind}")
