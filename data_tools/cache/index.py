"""Say where each cached picture lies; one row a picture in `cache.csv`."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from data_tools.artifacts.csv_table import iterate_table, write_table

COLUMNS = ("path", "shard", "offset", "crc32")


class CacheRow(NamedTuple):
    """Name the shard and the place in it of one picture's samples."""

    path: str
    shard: str
    offset: int
    crc32: int


def write_index(path: Path, rows: Iterable[CacheRow]) -> None:
    """Write the index, atomically."""
    write_table(path, COLUMNS, rows)


def read_index(path: Path) -> list[CacheRow]:
    """Read the index.

    Raises:
        InputError: The file is missing, or its columns or rows are not those of `CacheRow`.
    """
    return list(iterate_table(path, COLUMNS, _row))


def _row(fields: list[str]) -> CacheRow:
    """Turn the text fields of a line into a row."""
    path, shard, offset, crc32 = fields
    try:
        row = CacheRow(path, shard, int(offset), int(crc32))
    except ValueError as error:
        raise ValueError(f"expected {', '.join(COLUMNS)} (numbers from 0), got {fields}") from error
    if min(row.offset, row.crc32) < 0:
        raise ValueError(f"expected {', '.join(COLUMNS)} (numbers from 0), got {fields}")
    return row
