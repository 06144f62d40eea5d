"""Decide the part of every picture: what is known keeps its part, what is tied to one part joins it, the rest is dealt.

See docs/adr/0009-stable-split.md for why.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.split.by_source import LINKED_TO_TEST, leave_out_links
from data_tools.split.config import SplitConfig
from data_tools.split.deal import deal
from data_tools.split.groups import Groups, unite
from data_tools.split.ledger import Ledger
from data_tools.split.parts import CODE_OF, NO_PART, PARTS, TEST, part_bits
from data_tools.split.situation import Mask, Parts, Situation, look
from data_tools.split.sources import TEST_SIDE, TRAIN_SIDE
from data_tools.split.table import PictureTable
from data_tools.split.ties import bits_along_chains, closed_pairs, equal_bytes, marks_tied

Bits = npt.NDArray[np.uint8]


class Plan(NamedTuple):
    """Hold the decision for n pictures.

    Attributes:
        part: Code of the part, −1 when left out, (n,).
        reason: Index into `reasons`, (n,).
        reasons: Why pictures are left out; the first is empty, for those that are not.
        drives: Code of the part of every drive that has one now.
        wanted: Share of each part that was dealt to.
    """

    part: Parts
    reason: npt.NDArray[np.int16]
    reasons: list[str]
    drives: dict[str, int]
    wanted: dict[str, float]


def make_plan(config: SplitConfig, table: PictureTable, earlier: Ledger) -> Plan:
    """Decide the part of every picture.

    Args:
        config: Shares, seed, protocol, guard gap and tolerance.
        table: n pictures.
        earlier: What earlier splits decided.

    Raises:
        InputError: A class has too few groups, the tolerance cannot be kept, or a source pattern is wrong.
        CheckFailedError: Pictures that earlier splits put into two parts are tied directly.
    """
    n = len(table)
    situation = look(config, table, earlier)
    shares = _shares(config)
    part = situation.mark(situation.kept, situation.earlier)[:n]
    left_out: dict[str, Mask] = {}
    if config.test_sources:
        left_out = leave_out_links(situation)
        part[situation.sides == TEST_SIDE] = TEST
    out = np.logical_or.reduce([np.zeros(n, np.bool_), *left_out.values()])
    new = ~situation.kept & (situation.sides == TRAIN_SIDE) & ~out
    members = np.concatenate([new, np.ones(len(table.copy_drive), np.bool_)])
    # New pictures of equal bytes belong together, also where a known one stands between them in the list of pairs.
    alike = np.concatenate([situation.pairs, equal_bytes(table, new)])
    if config.test_sources:
        alike = closed_pairs(situation.pairs, members)
    groups = unite(table, config.guard_gap_s, new, situation.drive_part == NO_PART, alike)
    tied = _tied_parts(situation, groups)
    home = _join(tied, shares)
    for bits in np.unique(tied[(tied > 0) & (home == NO_PART)]).tolist():
        refused = np.zeros(n, np.bool_)
        refused[new] = (tied == bits)[groups.of[:n][new]]
        left_out[_reason(bits)] = left_out.get(_reason(bits), np.zeros(n, np.bool_)) | refused
    part[new] = home[groups.of[:n][new]]
    reason = np.zeros(n, np.int16)
    reasons = sorted(name for name, chosen in left_out.items() if chosen.any())
    for index, name in enumerate(reasons, start=1):
        reason[left_out[name]] = index
    part[reason > 0] = NO_PART
    home = _deal_rest(situation, groups, home, tied, part=part, shares=shares, new=new)
    part[new & (reason == 0)] = home[groups.of[:n][new & (reason == 0)]]
    return Plan(part, reason, ["", *reasons], _drives(table, groups, home, part), shares)


def _shares(config: SplitConfig) -> dict[str, float]:
    """Return the wanted share of every part that is dealt to."""
    shares: dict[str, float] = {part: float(getattr(config.fractions, part)) for part in PARTS}
    if config.test_sources:
        return {part: share / (1 - shares["test"]) for part, share in shares.items() if part != "test"}
    return shares


def _tied_parts(situation: Situation, groups: Groups) -> Bits:
    """Return for each group of new pictures the parts it is tied to; bit b is set for the part with code b."""
    n = len(situation.table)
    mark = situation.mark(situation.kept, situation.earlier)
    bits = marks_tied(situation.table, situation.pairs, mark, len(PARTS), situation.config.guard_gap_s)
    if situation.config.test_sources:
        bits |= bits_along_chains(situation.pairs, part_bits(mark))
    bits |= part_bits(np.concatenate([situation.own, situation.copy_own]))
    bits[:n] |= part_bits(situation.earlier)
    tied = np.zeros(len(groups.names), np.uint8)
    member = groups.of >= 0
    np.bitwise_or.at(tied, groups.of[member], bits[member])
    return tied


def _join(tied: Bits, shares: dict[str, float]) -> Parts:
    """Return the part of each group that is tied to just one, among those that are dealt to; −1 for the others."""
    home = np.full(len(tied), NO_PART, np.int8)
    for part in shares:
        home[tied == 1 << CODE_OF[part]] = CODE_OF[part]
    return home


def _reason(bits: int) -> str:
    """Say why a group tied to these parts is left out."""
    touched = [part for code, part in enumerate(PARTS) if bits & (1 << code)]
    return LINKED_TO_TEST if touched == ["test"] else f"bridges {', '.join(touched[:-1])} and {touched[-1]}"


def _deal_rest(
    situation: Situation,
    groups: Groups,
    home: Parts,
    tied: Bits,
    *,
    part: Parts,
    shares: dict[str, float],
    new: Mask,
) -> Parts:
    """Return the part of each group after those that are tied to none were dealt."""
    config, table = situation.config, situation.table
    size = (len(groups.names), len(table.classes))
    counts = np.zeros(size)
    np.add.at(counts, (groups.of[: len(table)][new], table.label[new]), 1)
    codes = [CODE_OF[name] for name in shares]
    held = np.array([np.bincount(table.label[part == code], minlength=size[1]) for code in codes], np.float64)
    free = np.flatnonzero((tied == 0) & counts.any(axis=1))
    names = [groups.names[group] for group in free.tolist()]
    home = home.copy()
    dealt = deal(
        counts[free],
        names,
        shares=shares,
        classes=table.classes,
        seed=config.seed,
        tolerance=config.tolerance,
        held=held,
    )
    home[free] = np.array(codes, np.int8)[dealt]
    return home


def _drives(table: PictureTable, groups: Groups, home: Parts, part: Parts) -> dict[str, int]:
    """Return the part of every drive with a picture in a part, or with nothing but copies in a group that has one."""
    placed = np.flatnonzero(part != NO_PART)
    codes, first = np.unique(table.drive[placed], return_index=True)
    found = zip(codes.tolist(), part[placed[first]].tolist(), strict=True)
    drives = {table.drive_names[code]: home_of for code, home_of in found}
    for names, code in zip(groups.drives, home.tolist(), strict=True):
        if code != NO_PART:
            for name in names:
                drives.setdefault(name, code)
    return drives
