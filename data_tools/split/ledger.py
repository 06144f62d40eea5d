"""Remember the part of every picture and drive that was ever dealt."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.errors import InputError
from data_tools.split.csv_columns import read_columns
from data_tools.split.parts import CODE_OF, NO_PART, PARTS
from data_tools.split.table import PictureTable

COLUMNS = ("kind", "name", "sha256", "part")
Codes8 = npt.NDArray[np.int8]
Row = tuple[str, str, str, str]


class Ledger(NamedTuple):
    """Hold what earlier splits decided, whether or not it is still in the data set.

    Attributes:
        paths: r paths; the newest row of a path comes first.
        sha256: 32 bytes each; copies with equal bytes that all had a part have a row each, (r,).
        part: Code of each picture's part, (r,).
        drives: Code of each drive's part.
    """

    paths: list[str]
    sha256: npt.NDArray[np.bytes_]
    part: Codes8
    drives: dict[str, int]


class Recognised(NamedTuple):
    """Say what a ledger knows of a table's pictures.

    Attributes:
        part: −1 when the picture is new, (n,).
        moved: Its bytes are known, but under other paths: it was renamed, or it is a copy, (n,).
        copied: Moved, and a picture with a known path is in the table with the same bytes: it is a copy, (n,).
    """

    part: Codes8
    moved: npt.NDArray[np.bool_]
    copied: npt.NDArray[np.bool_]


EMPTY = Ledger([], np.zeros(0, "S32"), np.zeros(0, np.int8), {})


def read_ledger(path: Path) -> Ledger:
    """Read a ledger.

    Raises:
        InputError: The table is malformed.
    """
    paths: list[str] = []
    digests: list[str] = []
    parts: list[int] = []
    drives: dict[str, int] = {}
    for kinds, names, shas, part_names in read_columns(path, COLUMNS, only=True):
        for kind, name, sha256, part in zip(kinds, names, shas, part_names, strict=True):
            if kind not in {"picture", "drive"} or part not in CODE_OF or (kind == "picture" and len(sha256) != 64):
                raise InputError(
                    f"{path}: expected pictures and drives with a part each, got {kind} '{name}', '{part}'"
                )
            if kind == "drive":
                drives[name] = CODE_OF[part]
            else:
                paths.append(name)
                digests.append(sha256)
                parts.append(CODE_OF[part])
    sha256_bytes = np.frombuffer(bytes.fromhex("".join(digests)), "S32")
    return Ledger(paths, sha256_bytes, np.array(parts, np.int8), drives)


def recognise(ledger: Ledger, table: PictureTable) -> Recognised:
    """Look every picture up by its bytes, else by its path."""
    part = np.full(len(table), NO_PART, np.int8)
    moved = np.zeros(len(table), np.bool_)
    if not ledger.paths:
        return Recognised(part, moved, moved)
    row, found = _find(ledger.sha256, table.sha256)
    part[found] = ledger.part[row[found]]
    repeats = _repeats(ledger)
    for position in np.flatnonzero(found).tolist():
        path = table.paths[position]
        moved[position] = ledger.paths[row[position]] != path and (path, int(row[position])) not in repeats
    unknown = np.flatnonzero(~found).tolist()
    if unknown:
        by_path: dict[str, int] = {}
        for path, code in zip(ledger.paths, ledger.part.tolist(), strict=True):
            by_path.setdefault(path, code)
        for position in unknown:
            part[position] = by_path.get(table.paths[position], NO_PART)
    return Recognised(part, moved, moved & np.isin(row, row[found & ~moved]))


def ledger_rows(earlier: Ledger, table: PictureTable, part: Codes8, drives: dict[str, int]) -> Iterator[Row]:
    """Yield the next ledger's rows: what has a part now, then what only earlier splits knew.

    Args:
        earlier: The ledger to carry on.
        table: n pictures.
        part: Code of every picture, (n,).
        drives: Code of every drive that has a part now.
    """
    for name, code in sorted({**earlier.drives, **drives}.items()):
        yield "drive", name, "", PARTS[code]
    placed = np.flatnonzero(part != NO_PART)
    order = sorted(placed.tolist(), key=table.paths.__getitem__)
    seen: set[bytes] = set()
    for position in order:
        digest = _bytes(table.sha256, position)
        seen.add(digest)
        yield "picture", table.paths[position], digest.hex(), PARTS[part[position]]
    for row, path in enumerate(earlier.paths):
        digest = _bytes(earlier.sha256, row)
        if digest not in seen:
            yield "picture", path, digest.hex(), PARTS[earlier.part[row]]


def _bytes(digests: npt.NDArray[np.bytes_], position: int) -> bytes:
    """Return one digest as 32 bytes; numpy drops trailing zero bytes."""
    return bytes(digests[position]).ljust(32, b"\0")


def _repeats(ledger: Ledger) -> set[tuple[str, int]]:
    """Return the paths of rows whose bytes an earlier row has, each with that row."""
    row, _ = _find(ledger.sha256, ledger.sha256)
    again = np.flatnonzero(row != np.arange(len(row))).tolist()
    return {(ledger.paths[index], int(row[index])) for index in again}


def _find(
    known: npt.NDArray[np.bytes_], wanted: npt.NDArray[np.bytes_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return for every wanted digest its first row among the known ones, and whether it has one."""
    order = np.argsort(known, kind="stable")
    slot = np.minimum(np.searchsorted(known[order], wanted), len(known) - 1)
    row = order[slot]
    return row, known[row] == wanted
