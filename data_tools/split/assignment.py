"""Write and read the assignment table: a row a picture, with its part or the reason why it has none."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.errors import InputError
from data_tools.split.csv_columns import read_columns, write_rows
from data_tools.split.parts import CODE_OF, NO_PART, PARTS

COLUMNS = ("path", "part", "reason")
UNKNOWN_PART = -2
"""Code of a text that is no part, or of a row without part and reason."""


def write_assignment(
    path: Path, paths: Sequence[str], part: Iterable[int], reason: Iterable[int], reasons: Sequence[str]
) -> None:
    """Write the table.

    Args:
        path: The table.
        paths: n pictures.
        part: n codes; −1 is none.
        reason: n indices into `reasons`.
        reasons: Why a picture has no part; the first is empty.
    """
    names = (*PARTS, "")  # code −1 is the last
    rows = ((picture, names[code], reasons[why]) for picture, code, why in zip(paths, part, reason, strict=True))
    write_rows(path, COLUMNS, rows)


def read_assignment(path: Path) -> tuple[list[str], npt.NDArray[np.int8]]:
    """Return the paths and the codes of their parts: −1 is left out for a reason, −2 is no decision at all.

    Raises:
        InputError: The file cannot be read or has other columns.
    """
    paths: list[str] = []
    chunks = [np.zeros(0, np.int8)]
    for names, parts, reasons in read_columns(path, COLUMNS, only=True):
        paths.extend(names)
        codes = (
            CODE_OF.get(part, UNKNOWN_PART) if part else (NO_PART if reason else UNKNOWN_PART)
            for part, reason in zip(parts, reasons, strict=True)
        )
        chunks.append(np.fromiter(codes, np.int8, len(names)))
    return paths, np.concatenate(chunks)


def parts_of(table: Path, paths: Sequence[str]) -> npt.NDArray[np.int8]:
    """Return the code of the part of each path of a data set.

    Raises:
        InputError: The table does not decide on exactly these paths, once each.
    """
    listed, codes = read_assignment(table)
    if listed != paths:
        position = {path: index for index, path in enumerate(listed)}
        if len(position) != len(listed) or len(listed) != len(paths) or not all(path in position for path in paths):
            raise InputError(f"{table}: expected one row for each picture of the data set; split it again")
        codes = codes[[position[path] for path in paths]]
    if (codes == UNKNOWN_PART).any():
        raise InputError(f"{table}: a picture has neither a part nor a reason; split the data set again")
    return codes
