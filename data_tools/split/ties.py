"""Tie single pictures to each other: near duplicates, equal bytes, one camera within the guard gap."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.split.camera_time import Mask, marks_within, timeline
from data_tools.split.components import components
from data_tools.split.table import PictureTable

Pairs = npt.NDArray[np.int64]


class Clash(NamedTuple):
    """Name two tied pictures with different marks, and why they are tied."""

    first: int
    second: int
    why: str


def likeness_pairs(table: PictureTable) -> Pairs:
    """Return the pairs of near duplicates and of equal bytes, (m, 2), as positions (see `PictureTable.pairs`)."""
    return np.concatenate([table.pairs, equal_bytes(table, np.ones(len(table), np.bool_))])


def equal_bytes(table: PictureTable, chosen: Mask) -> Pairs:
    """Return pairs that join the chosen pictures with equal bytes, (m, 2); chosen: (n,)."""
    order = np.flatnonzero(chosen)
    order = order[np.argsort(table.sha256[order], kind="stable")]
    same = table.sha256[order[1:]] == table.sha256[order[:-1]]
    return np.stack([order[:-1][same], order[1:][same]], axis=1)


def closed_pairs(pairs: Pairs, chosen: Mask) -> Pairs:
    """Return pairs that join the chosen pictures which any chain of pairs joins, through others too, (m, 2).

    The search for near duplicates lists enough pairs to join what is alike, not all of them: without the picture in
    the middle, two that are like it would not be known to be alike.

    Args:
        pairs: From `likeness_pairs`.
        chosen: (n + k,).
    """
    root = components(len(chosen), pairs[:, 0], pairs[:, 1])
    order = np.flatnonzero(chosen)
    order = order[np.argsort(root[order], kind="stable")]
    same = root[order[1:]] == root[order[:-1]]
    return np.stack([order[:-1][same], order[1:][same]], axis=1)


def marks_tied(
    table: PictureTable, pairs: Pairs, mark: npt.NDArray[np.int8], marks: int, guard_gap_s: float
) -> npt.NDArray[np.uint8]:
    """Say which marks the pictures have that each picture is tied to directly.

    Args:
        table: n pictures and k copies set aside.
        pairs: From `likeness_pairs`.
        mark: A number below `marks`, or −1 for none, (n + k,).
        marks: At most 8.
        guard_gap_s: Of one camera's pictures.

    Returns:
        (n + k,); bit b is set when a picture marked b is tied to it. A picture with a known time has its own mark.
    """
    bits = np.zeros(len(mark), np.uint8)
    for here, there in (pairs.T, pairs.T[::-1]):
        marked = mark[there] >= 0
        values = np.left_shift(np.uint8(1), mark[there[marked]].astype(np.uint8))
        np.bitwise_or.at(bits, here[marked], values)
    line = timeline(table, np.ones(len(table), np.bool_))
    bits[line.order] |= marks_within(line, mark[line.order], marks, guard_gap_s)
    return bits


def bits_along_chains(pairs: Pairs, bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the bits that all pictures have which any chain of pairs joins, for each picture, (n + k,)."""
    root = components(len(bits), pairs[:, 0], pairs[:, 1])
    found = np.zeros_like(bits)
    np.bitwise_or.at(found, root, bits)
    return found[root]


def pairs_through_others(pairs: Pairs, placed: Mask, fresh: Mask) -> Pairs:
    """Return pairs of placed pictures that are alike through pictures in no part, (m, 2).

    Of each such chain, a fresh picture is paired with all others that it joins, so that parts differ within a pair just
    when they differ in the chain. Where none is fresh there is no pair.

    Args:
        pairs: From `likeness_pairs`.
        placed: (n + k,); never a copy set aside.
        fresh: Placed pictures that were not in a part before, (n + k,).
    """
    ends = placed[pairs]
    inner = pairs[~ends.any(axis=1)]
    root = components(len(placed), inner[:, 0], inner[:, 1])
    mixed = ends[:, 0] != ends[:, 1]
    edges = np.where(ends[mixed, :1], pairs[mixed], pairs[mixed][:, ::-1])
    found = np.unique(np.stack([root[edges[:, 1]], ~fresh[edges[:, 0]], edges[:, 0]], axis=1), axis=0)
    chain, first = np.unique(found[:, 0], return_index=True)
    anchor = found[first[np.searchsorted(chain, found[:, 0])], 2]
    wanted = fresh[anchor] & (anchor != found[:, 2])
    return np.stack([anchor[wanted], found[wanted, 2]], axis=1)


def find_clash(
    table: PictureTable, pairs: Pairs, part: npt.NDArray[np.int8], chosen: Mask, guard_gap_s: float
) -> Clash | None:
    """Return two chosen pictures in different parts that are tied directly, if there are any.

    Args:
        table: n pictures.
        pairs: From `likeness_pairs`.
        part: (n,).
        chosen: Pictures to look at, (n,).
        guard_gap_s: Of one camera's pictures.
    """
    records = pairs[(pairs < len(table)).all(axis=1)]
    first, second = records[chosen[records].all(axis=1)].T
    apart = np.flatnonzero(part[first] != part[second])
    if len(apart):
        return Clash(int(first[apart[0]]), int(second[apart[0]]), "they are near duplicates")
    line = timeline(table, chosen)
    here, after = line.order[:-1], line.order[1:]
    near = (np.diff(line.camera) == 0) & (np.diff(line.time_s) <= guard_gap_s)
    apart = np.flatnonzero(near & (part[here] != part[after]))
    if len(apart):
        seconds = float(line.time_s[apart[0] + 1] - line.time_s[apart[0]])
        return Clash(int(here[apart[0]]), int(after[apart[0]]), f"one camera took them {seconds:g} s apart")
    members = np.flatnonzero(chosen)
    order = members[np.argsort(table.drive[members], kind="stable")]
    here, after = order[:-1], order[1:]
    apart = np.flatnonzero((table.drive[here] == table.drive[after]) & (part[here] != part[after]))
    if len(apart):
        name = table.drive_names[table.drive[here[apart[0]]]]
        return Clash(int(here[apart[0]]), int(after[apart[0]]), f"both belong to the drive '{name}'")
    return None
