"""Look for leaks in a written split: from its table on the disk and the data set's tables, not from the plan."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from data_tools.artifacts.model import Record
from data_tools.errors import CheckFailedError
from data_tools.split.assignment import UNKNOWN_PART, read_assignment
from data_tools.split.groups import unite
from data_tools.split.ledger import EMPTY, Ledger, recognise
from data_tools.split.parts import PARTS
from data_tools.split.table import PictureTable
from data_tools.split.ties import likeness_pairs, pairs_through_others


class AuditReport(Record):
    """Say what was compared, and that nothing leaks: a split with a leak cannot be stored."""

    pictures_without_decision: int = Field(ge=0, le=0, description="in no part, and not left out for a reason either")
    pictures_listed_twice: int = Field(ge=0, le=0)
    unknown_pictures: int = Field(ge=0, le=0, description="in the table, but not in the data set")
    equal_bytes_across_parts: int = Field(ge=0, le=0, description="sha256 digests found in two parts")
    drives_in_two_parts: int = Field(ge=0, le=0)
    near_duplicates_across_parts: int = Field(
        ge=0, le=0, description="pairs, also of pictures that are alike through others in no part"
    )
    camera_neighbours_across_parts: int = Field(
        ge=0, le=0, description="pairs of consecutive pictures of one camera within the guard gap"
    )
    groups_in_two_parts: int = Field(ge=0, le=0, description="groups united along any chain of these ties")
    pictures_in_parts: int = Field(ge=0)
    pictures_left_out: int = Field(ge=0)
    drives_compared: int = Field(ge=0)
    near_duplicates_compared: int = Field(
        ge=0, description="pairs with both pictures in a part, direct or through others in no part"
    )
    camera_neighbours_compared: int = Field(ge=0)
    groups_compared: int = Field(ge=0)


class Findings(NamedTuple):
    """Hold what an audit counted, and an example of each leak."""

    counts: dict[str, int]
    examples: dict[str, str]

    def seal(self, where: Path) -> AuditReport:
        """Return the report of a split without a leak.

        Raises:
            CheckFailedError: There is a leak; the message counts them by kind and gives an example of the first.
        """
        if self.examples:
            kinds = ", ".join(f"{self.counts[kind]} {kind.replace('_', ' ')}" for kind in self.examples)
            example = next(iter(self.examples.values()))
            raise CheckFailedError(f"{where}: the split leaks and was not stored: {kinds}; such as {example}")
        return AuditReport(**self.counts)


def audit(assignment: Path, table: PictureTable, guard_gap_s: float, earlier: Ledger = EMPTY) -> Findings:
    """Compare a written assignment with the data set's tables.

    Likeness counts through pictures in no part too: those that were left out, and copies that were set aside. Only
    pictures that an earlier split put into two parts may be alike through one (docs/adr/0009-stable-split.md).

    Args:
        assignment: The assignment table.
        table: The data set's pictures and pairs.
        guard_gap_s: Pictures of one camera this close in time must share a part.
        earlier: What the split carries on.

    Raises:
        InputError: The table cannot be read.
    """
    listed, codes = read_assignment(assignment)
    counts: dict[str, int] = {}
    examples: dict[str, str] = {}
    part = _match(listed, codes, table, counts, examples)
    placed = np.flatnonzero(part >= 0)
    for kind, key in (("equal_bytes_across_parts", table.sha256), ("drives_in_two_parts", table.drive)):
        values, index = np.unique(key[placed], return_inverse=True)
        torn = _torn(index, part[placed], len(values))
        counts[kind] = len(torn)
        if len(torn):
            members = placed[index == torn[0]]
            other = members[part[members] != part[members[0]]][0]
            examples[kind] = _pair(table, part, int(members[0]), int(other))
        if kind == "drives_in_two_parts":
            counts["drives_compared"] = len(values)
    pairs = table.pairs[(table.pairs < len(table)).all(axis=1)]
    pairs = pairs[(part[pairs] >= 0).all(axis=1)]
    pairs = np.concatenate([pairs, _through_others(table, part, earlier)])
    _count("near_duplicates", pairs, table, part, counts=counts, examples=examples)
    _count(
        "camera_neighbours", _camera_pairs(table, placed, guard_gap_s), table, part, counts=counts, examples=examples
    )
    groups = unite(table, guard_gap_s, part >= 0, copies=False)
    torn = _torn(groups.of[placed], part[placed], len(groups.names))
    counts["groups_compared"], counts["groups_in_two_parts"] = len(groups.names), len(torn)
    if len(torn):
        examples["groups_in_two_parts"] = f"the group of the drive '{groups.names[torn[0]]}'"
    counts["pictures_in_parts"], counts["pictures_left_out"] = len(placed), int((part == -1).sum())
    return Findings(counts, examples)


def _match(
    listed: list[str],
    codes: npt.NDArray[np.int8],
    table: PictureTable,
    counts: dict[str, int],
    examples: dict[str, str],
) -> npt.NDArray[np.int8]:
    """Return the part of every picture of the data set, and count rows that are missing, twice or unknown."""
    position = table.positions()
    part = np.full(len(table), UNKNOWN_PART, np.int8)
    at = np.fromiter((position.get(path, -1) for path in listed), np.int64, len(listed))
    unknown = [listed[row] for row in np.flatnonzero(at < 0).tolist()]
    rows = np.flatnonzero(at >= 0)
    part[at[rows]] = codes[rows]
    times = np.bincount(at[rows], minlength=len(table))
    twice = [table.paths[index] for index in np.flatnonzero(times > 1).tolist()]
    undecided = [table.paths[index] for index in np.flatnonzero(part == UNKNOWN_PART).tolist()]
    for kind, found in (
        ("pictures_without_decision", undecided),
        ("pictures_listed_twice", twice),
        ("unknown_pictures", unknown),
    ):
        counts[kind] = len(found)
        if found:
            examples[kind] = found[0]
    return part


def _through_others(table: PictureTable, part: npt.NDArray[np.int8], earlier: Ledger) -> npt.NDArray[np.int64]:
    """Return pairs of pictures in parts that are alike through pictures in none, (m, 2)."""
    none = np.zeros(len(table.copy_drive), np.bool_)
    placed = part >= 0
    fresh = placed & (recognise(earlier, table).part != part)
    return pairs_through_others(likeness_pairs(table), np.append(placed, none), np.append(fresh, none))


def _torn(index: npt.NDArray[np.int64], part: npt.NDArray[np.int8], count: int) -> npt.NDArray[np.int64]:
    """Return which of `count` groups have pictures in more than one part."""
    present = np.zeros((count, len(PARTS)), np.bool_)
    present[index, part] = True
    return np.flatnonzero(present.sum(axis=1) > 1)


def _camera_pairs(table: PictureTable, placed: npt.NDArray[np.int64], guard_gap_s: float) -> npt.NDArray[np.int64]:
    """Return consecutive placed pictures of one camera within the guard gap, (m, 2).

    If any two pictures within the gap are in two parts, so are two consecutive ones between them.
    """
    timed = placed[(table.camera[placed] >= 0) & np.isfinite(table.time_s[placed])]
    timed = timed[np.lexsort((table.time_s[timed], table.camera[timed]))]
    here, after = timed[:-1], timed[1:]
    near = (table.camera[here] == table.camera[after]) & (table.time_s[after] - table.time_s[here] <= guard_gap_s)
    return np.stack([here[near], after[near]], axis=1)


def _count(
    kind: str,
    pairs: npt.NDArray[np.int64],
    table: PictureTable,
    part: npt.NDArray[np.int8],
    *,
    counts: dict[str, int],
    examples: dict[str, str],
) -> None:
    """Count the pairs whose pictures are in two parts."""
    across = np.flatnonzero(part[pairs[:, 0]] != part[pairs[:, 1]])
    counts[f"{kind}_compared"], counts[f"{kind}_across_parts"] = len(pairs), len(across)
    if len(across):
        first, second = pairs[across[0]].tolist()
        examples[f"{kind}_across_parts"] = _pair(table, part, first, second)


def _pair(table: PictureTable, part: npt.NDArray[np.int8], first: int, second: int) -> str:
    """Name two pictures and their parts."""
    return f"{table.paths[first]} ({PARTS[part[first]]}) and {table.paths[second]} ({PARTS[part[second]]})"
