"""Tie pictures that one camera took within a guard gap of each other."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.split.table import PictureTable

Mask = npt.NDArray[np.bool_]


class Timeline(NamedTuple):
    """Hold pictures of known camera and time, ordered by camera, then time.

    Attributes:
        order: Positions in the table, (t,).
        camera: (t,).
        time_s: (t,).
    """

    order: npt.NDArray[np.int64]
    camera: npt.NDArray[np.int32]
    time_s: npt.NDArray[np.float64]


def timeline(table: PictureTable, chosen: Mask) -> Timeline:
    """Order the chosen pictures whose camera and time are known.

    Args:
        table: n pictures.
        chosen: Which of them, (n,).
    """
    known = np.flatnonzero(chosen & (table.camera >= 0) & np.isfinite(table.time_s))
    order = known[np.lexsort((table.time_s[known], table.camera[known]))]
    return Timeline(order, table.camera[order], table.time_s[order])


def neighbours(line: Timeline, guard_gap_s: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the pairs of consecutive pictures of one camera at most `guard_gap_s` apart, as positions in the table.

    Whoever is within the gap of whom, directly or along a chain, is joined by these pairs: pictures between two that
    are within the gap are within the gap of their own neighbours.
    """
    near = (np.diff(line.camera) == 0) & (np.diff(line.time_s) <= guard_gap_s)
    return line.order[:-1][near], line.order[1:][near]


def marks_within(line: Timeline, mark: npt.NDArray[np.int8], marks: int, guard_gap_s: float) -> npt.NDArray[np.uint8]:
    """Say which marks each picture has within the guard gap, itself included, chains not.

    Args:
        line: Of t pictures.
        mark: A number below `marks`, or −1 for none, for each picture of the line, (t,).
        marks: At most 8.
        guard_gap_s: Largest distance in seconds.

    Returns:
        (t,); bit b is set when a picture marked b is within the gap.
    """
    bits = np.zeros(len(line.order), np.uint8)
    steps = np.arange(len(line.order))
    for value in range(marks):
        here = mark == value
        if not here.any():
            continue
        before = np.maximum.accumulate(np.where(here, steps, -1))
        after = np.minimum.accumulate(np.where(here, steps, len(steps))[::-1])[::-1]
        for other, exists in ((before, before >= 0), (after, after < len(steps))):
            index = np.where(exists, other, 0)
            gap = np.abs(line.time_s - line.time_s[index])
            near = exists & (line.camera[index] == line.camera) & (gap <= guard_gap_s)
            bits |= (near * (1 << value)).astype(np.uint8)
    return bits
