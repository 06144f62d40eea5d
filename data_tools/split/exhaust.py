"""Search all deals of a small set, so that a refusal is a proof."""

from enum import Enum

import numpy as np

from data_tools.split.components import components
from data_tools.split.task import Counts, Homes, Task

_MOST_NODES = 60_000


class Verdict(Enum):
    """Say how a search ended."""

    FOUND = "found"
    IMPOSSIBLE = "impossible"
    GAVE_UP = "gave up"


def exhaust(task: Task, homes: Homes) -> tuple[Verdict, Homes]:
    """Deal again, by depth-first search with bounds, the classes that a deal leaves out of tolerance.

    Classes are independent unless a group holds several, so each block of classes joined by such groups is searched
    on its own, and blocks that fit already are left as they are.

    Args:
        task: G groups, largest first.
        homes: A deal, (G,).

    Returns:
        Whether a deal that fits was found, none exists, or the search gave up after a fixed number of steps; and the
        deal that was found (else the one that came).
    """
    result = homes.copy()
    low, high = task.bounds()
    given = task.given(homes)
    off = ((given < low) | (given > high)).any(axis=0)
    blocks = _blocks(task.counts)
    for block in sorted(set(blocks[off].tolist())):
        classes = np.flatnonzero(blocks == block)
        groups = np.flatnonzero((task.counts[:, classes] > 0).any(axis=1))
        counts, held = task.counts[np.ix_(groups, classes)], task.held[:, classes]
        verdict, found = _search(counts, held, low[:, classes], high[:, classes])
        if verdict is not Verdict.FOUND:
            return verdict, homes
        result[groups] = found
    return Verdict.FOUND, result


def _blocks(counts: Counts) -> Homes:
    """Return the block of each class; classes of one group share a block."""
    has = counts > 0
    left, right = np.nonzero((has.T.astype(np.int64) @ has.astype(np.int64)) > 0)
    return components(counts.shape[1], left, right)


def _search(counts: Counts, held: Counts, low: Counts, high: Counts) -> tuple[Verdict, list[int]]:
    """Search the deals of groups (G, C) so that low ≤ given ≤ high, (P, C); equal groups are interchangeable."""
    size = len(counts)
    if not size or (held > high).any():
        return Verdict.IMPOSSIBLE, []
    left = np.concatenate([np.cumsum(counts[::-1], axis=0)[::-1], np.zeros((1, counts.shape[1]))])
    same = [False, *(counts[1:] == counts[:-1]).all(axis=1).tolist()]
    homes: list[int] = []
    states = [held]
    nodes = 0
    options = [_options(states, counts, homes, same=same, low=low, high=high, left=left)]
    while options:
        if len(homes) == size and (states[-1] >= low).all():
            return Verdict.FOUND, homes
        nodes += 1
        if nodes > _MOST_NODES:
            return Verdict.GAVE_UP, []
        if not options[-1]:
            options.pop()
            states.pop()
            if homes:
                homes.pop()
            continue
        part = options[-1].pop()
        after = states[-1].copy()
        after[part] += counts[len(homes)]
        homes.append(part)
        states.append(after)
        options.append(_options(states, counts, homes, same=same, low=low, high=high, left=left))
    return Verdict.IMPOSSIBLE, []


def _options(
    states: list[Counts],
    counts: Counts,
    homes: list[int],
    *,
    same: list[bool],
    low: Counts,
    high: Counts,
    left: Counts,
) -> list[int]:
    """Return the parts that the next group may go to, the neediest last; none when the rest cannot fill the gaps."""
    given, depth = states[-1], len(homes)
    if depth == len(counts) or (np.maximum(low - given, 0).sum(axis=0) > left[depth]).any():
        return []
    fitting = (given + counts[depth] <= high).all(axis=1)
    if same[depth]:
        fitting[: homes[-1]] = False
    parts = np.flatnonzero(fitting)
    need = ((high - given) / np.maximum(high, 1)).sum(axis=1)[parts]
    chosen: list[int] = parts[np.argsort(need, kind="stable")].tolist()
    return chosen
