"""Gather what is known before anything is dealt, and refuse what cannot be kept."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.errors import CheckFailedError
from data_tools.split.config import SplitConfig
from data_tools.split.ledger import Ledger, recognise
from data_tools.split.parts import NO_PART, PARTS, TEST
from data_tools.split.sources import NO_SIDE, TEST_SIDE, choose_sides
from data_tools.split.table import PictureTable
from data_tools.split.ties import Pairs, find_clash, likeness_pairs

Parts = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]
_ADVICE = "take one of the two out of the data set, or split anew without the earlier split"


class Situation(NamedTuple):
    """Hold n pictures, and what an earlier split says of them.

    Attributes:
        config: Protocol, guard gap and shares.
        table: n pictures and k copies set aside.
        pairs: Pictures that look alike, (m, 2).
        sides: Side of every picture in a protocol by source, (n,).
        earlier: The part that the earlier split gave the picture, −1 for none, (n,).
        kept: The picture keeps that part, (n,). A copy of a known picture, under another path and beside it, in
            another part's drive or another side's source, is known but does not keep it: it is a new picture tied to
            the known one, and may have been left out before.
        drive_part: The part of every drive that has one, by drive index.
    """

    config: SplitConfig
    table: PictureTable
    pairs: Pairs
    sides: Parts
    earlier: Parts
    kept: Mask
    drive_part: Parts

    @property
    def own(self) -> Parts:
        """Return the part of every picture's drive, (n,)."""
        own: Parts = self.drive_part[self.table.drive]
        return own

    @property
    def copy_own(self) -> Parts:
        """Return the part of the drive of every copy set aside, (k,)."""
        drive = self.table.copy_drive
        return np.where(drive >= 0, self.drive_part[drive], NO_PART).astype(np.int8)

    def mark(self, chosen: Mask, part: Parts) -> Parts:
        """Return the parts of the chosen pictures, and −1 for the others and for the copies, (n + k,)."""
        copies = np.full(len(self.table.copy_drive), NO_PART)
        return np.concatenate([np.where(chosen, part, NO_PART), copies]).astype(np.int8)


def look(config: SplitConfig, table: PictureTable, ledger: Ledger) -> Situation:
    """Recognise pictures and drives, and check that all that is known can keep its part.

    Raises:
        InputError: A source pattern is wrong.
        CheckFailedError: Pictures that an earlier split put into two parts are tied directly.
    """
    sides = choose_sides(config, table)
    found = recognise(ledger, table)
    drive_part = np.array([ledger.drives.get(name, NO_PART) for name in table.drive_names], np.int8)
    own = drive_part[table.drive]
    strayed = (found.part != NO_PART) & (own != NO_PART) & (own != found.part)
    crossed = _crossed(config, found.part, sides)
    copy = found.copied | (found.moved & (strayed | crossed))
    kept = (found.part != NO_PART) & ~copy & (sides != NO_SIDE)
    situation = Situation(config, table, likeness_pairs(table), sides, found.part, kept, drive_part)
    _refuse_ties(situation)
    _refuse_strays(situation, np.flatnonzero(kept & strayed), np.flatnonzero(kept & crossed))
    drive_part[table.drive[kept]] = found.part[kept]
    return situation


def _crossed(config: SplitConfig, part: Parts, sides: Parts) -> Mask:
    """Say which pictures have a part that their source does not allow."""
    if not config.test_sources:
        return np.zeros(len(part), np.bool_)
    crossed: Mask = (part != NO_PART) & (sides != NO_SIDE) & ((part == TEST) != (sides == TEST_SIDE))
    return crossed


def _refuse_ties(situation: Situation) -> None:
    """Refuse known pictures of two parts that are tied to each other without a new one between them."""
    table, part = situation.table, situation.earlier
    clash = find_clash(table, situation.pairs, part, situation.kept, situation.config.guard_gap_s)
    if clash:
        first, second = sorted((clash.first, clash.second), key=table.paths.__getitem__)
        raise CheckFailedError(
            f"{table.paths[first]} ({PARTS[part[first]]}) and {table.paths[second]} ({PARTS[part[second]]}) are in two "
            f"parts of the earlier split, but {clash.why}; {_ADVICE}"
        )


def _refuse_strays(situation: Situation, strayed: npt.NDArray[np.int64], crossed: npt.NDArray[np.int64]) -> None:
    """Refuse known pictures whose drive or source now belongs to another part."""
    table, part = situation.table, situation.earlier
    for at in strayed.tolist():
        drive, home = table.drive_names[table.drive[at]], PARTS[situation.own[at]]
        raise CheckFailedError(
            f"{table.paths[at]} ({PARTS[part[at]]}) now belongs to the drive '{drive}' ({home}), but the earlier "
            f"split has them in two parts; {_ADVICE}"
        )
    for at in crossed.tolist():
        source = table.source_names[table.source[at]]
        kind = "a test source" if situation.sides[at] == TEST_SIDE else "no test source"
        raise CheckFailedError(
            f"{table.paths[at]} is in {PARTS[part[at]]} by the earlier split, but its source '{source}' is {kind}; "
            "restore the source's name, or split anew without the earlier split"
        )
