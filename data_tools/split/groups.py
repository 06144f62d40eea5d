"""Unite pictures into groups that must not be divided."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.split.camera_time import Mask, neighbours, timeline
from data_tools.split.components import components
from data_tools.split.table import PictureTable
from data_tools.split.ties import Pairs, likeness_pairs


class Groups(NamedTuple):
    """Hold the groups of some pictures.

    Attributes:
        of: Group index of every picture and every copy set aside, −1 where it was not chosen, (n + k,).
        names: The least of each group's drive names; unique where every drive is a hub.
        drives: For each group, its drives' names, sorted.
    """

    of: npt.NDArray[np.int64]
    names: list[str]
    drives: list[tuple[str, ...]]


def unite(
    table: PictureTable,
    guard_gap_s: float,
    chosen: Mask | None = None,
    hubs: Mask | None = None,
    alike: Pairs | None = None,
    *,
    copies: bool = True,
) -> Groups:
    """Unite pictures along drives, camera-time blocks, near duplicates and equal bytes, in any chain of these.

    Args:
        table: n pictures and k copies set aside.
        guard_gap_s: Pictures of one camera this close in time belong together; those without camera or time do not.
        chosen: Pictures to unite; the others tie nothing, (n,). None: all.
        hubs: Drives that tie their pictures, by drive index. None: all.
        alike: Pairs of pictures that look alike, (m, 2). None: those of the table.
        copies: Let the copies set aside tie too: a copy stands for its drive.

    Returns:
        Groups, numbered in the order of their names, so that the order of the table's rows does not matter.
    """
    n, k, drives = len(table), len(table.copy_drive), len(table.drive_names)
    member = np.concatenate([np.ones(n, np.bool_) if chosen is None else chosen, np.full(k, copies)])
    hub = np.ones(drives, np.bool_) if hubs is None else hubs
    drive = np.concatenate([table.drive, table.copy_drive])
    bound = np.flatnonzero(member & (drive >= 0) & hub[drive])
    alike = likeness_pairs(table) if alike is None else alike
    alike = alike[member[alike].all(axis=1)]
    time = neighbours(timeline(table, member[:n]), guard_gap_s)
    root = components(
        n + k + drives,
        np.concatenate([bound, alike[:, 0], time[0]]),
        np.concatenate([n + k + drive[bound], alike[:, 1], time[1]]),
    )[: n + k]
    nodes = np.flatnonzero(member)
    roots, index = np.unique(root[nodes], return_inverse=True)
    listed = _drives(table, drive[nodes], index, len(roots))
    names = [min(items, default="") for items in listed]
    ranked = sorted(range(len(roots)), key=lambda group: names[group])
    rank = np.empty(len(roots), np.int64)
    rank[ranked] = np.arange(len(roots))
    of = np.full(n + k, -1, np.int64)
    of[nodes] = rank[index]
    return Groups(of, [names[group] for group in ranked], [listed[group] for group in ranked])


def _drives(
    table: PictureTable, drive: npt.NDArray[np.int32], index: npt.NDArray[np.int64], count: int
) -> list[tuple[str, ...]]:
    """Return every group's drive names, sorted."""
    found: list[list[str]] = [[] for _ in range(count)]
    for group, code in np.unique(np.stack([index, drive], axis=1)[drive >= 0], axis=0).tolist():
        found[group].append(table.drive_names[code])
    return [tuple(sorted(items)) for items in found]
