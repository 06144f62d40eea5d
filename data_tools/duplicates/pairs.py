"""Read and write the table of near duplicates."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from data_tools.artifacts.csv_table import iterate_table, write_table


class NearDuplicate(NamedTuple):
    """Say that two pictures show the same shot.

    Attributes:
        path_a: The picture whose path sorts first.
        path_b: The other.
        group_a: Group (drive) of the first.
        group_b: Group of the other.
        distance: Hamming distance of the hashes, of the best crop where one was needed; 0 for equal bytes.
        mirrored: The one is the other mirrored left to right.
        similarity: Verified likeness, 0..1 (4 decimals); 1 for equal bytes.
    """

    path_a: str
    path_b: str
    group_a: str
    group_b: str
    distance: int
    mirrored: bool
    similarity: float


def write_near_duplicates(path: Path, rows: Iterable[NearDuplicate]) -> None:
    """Write the table as CSV, atomically."""
    texts = ((*row[:5], "true" if row.mirrored else "false", f"{row.similarity:.4f}") for row in rows)
    write_table(path, NearDuplicate._fields, texts)


def read_near_duplicates(path: Path) -> list[NearDuplicate]:
    """Read the table.

    Raises:
        InputError: The file is missing, or its columns or rows are not those of `NearDuplicate`.
    """
    return list(iterate_table(path, NearDuplicate._fields, _row))


def _row(fields: list[str]) -> NearDuplicate:
    """Turn the fields of a line into a row."""
    path_a, path_b, group_a, group_b, distance, mirrored, similarity = fields
    if not path_a or path_a >= path_b:
        raise ValueError(f"expected path_a before path_b in sorted order, got {path_a!r} and {path_b!r}")
    if not (distance.isascii() and distance.isdigit() and int(distance) <= 64):
        raise ValueError(f"distance: expected a whole number from 0 to 64, got {distance!r}")
    if mirrored not in ("true", "false"):
        raise ValueError(f"mirrored: expected true or false, got {mirrored!r}")
    try:
        likeness = float(similarity)
    except ValueError as error:
        raise ValueError(f"similarity: expected a number from 0 to 1, got {similarity!r}") from error
    if not 0 <= likeness <= 1:
        raise ValueError(f"similarity: expected a number from 0 to 1, got {similarity!r}")
    return NearDuplicate(path_a, path_b, group_a, group_b, int(distance), mirrored == "true", likeness)
