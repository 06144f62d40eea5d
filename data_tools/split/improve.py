"""Better a deal by moving one group, or swapping two, for as long as that lowers the cost."""

import numpy as np

from data_tools.split.task import Counts, Homes, Task

_MOST_CANDIDATES = 240
_MOST_STEPS = 400
_LEAST_GAIN = 1e-12


def improve(task: Task, homes: Homes) -> Homes:
    """Return a deal whose cost no single move and no swap lowers, or the best after a fixed number of steps.

    In small sets every group may move. In large ones, where the greedy deal is nearly exact, only groups of the class
    that misses its shares the most do, and only while some share is out of tolerance.

    Args:
        task: G groups.
        homes: Part of each group, (G,).
    """
    if not len(homes):
        return homes
    homes = homes.copy()
    given = task.given(homes)
    for _ in range(_MOST_STEPS):
        small = len(homes) <= _MOST_CANDIDATES
        if not small and task.fits(given):
            break
        chosen = np.arange(len(homes)) if small else _of_worst_class(task, given)
        if not (_move(task, homes, given, chosen) or _swap(task, homes, given, chosen)):
            break
    return homes


def _of_worst_class(task: Task, given: Counts) -> Homes:
    """Return groups of the class whose shares are farthest off, of all sizes when there are many.

    There are none when all of that class is held already: then no deal mends its shares.
    """
    low, high = task.bounds()
    off = np.maximum(np.maximum(low - given, given - high), 0) / task.total + (given <= 0)
    worst = int(off.max(axis=0).argmax())
    members = np.flatnonzero(task.counts[:, worst] > 0)
    if not len(members):
        return members
    members = members[np.argsort(-task.counts[members, worst], kind="stable")]
    return members[np.unique(np.linspace(0, len(members) - 1, _MOST_CANDIDATES).astype(np.int64))]


def _move(task: Task, homes: Homes, given: Counts, chosen: Homes) -> bool:
    """Make the best move of one chosen group, in place; return False when none lowers the cost."""
    if not len(chosen):
        return False
    parts = np.arange(len(given))
    now = task.cost(given, parts)
    group, part = (grid.ravel() for grid in np.meshgrid(chosen, parts, indexing="ij"))
    home, counts = homes[group], task.counts[group]
    without = task.cost(given[home] - counts, home)
    added = task.cost(given[part] + counts, part)
    gain = np.where(home == part, 0, now[home] + now[part] - without - added)
    best = int(gain.argmax())
    if gain[best] <= _LEAST_GAIN:
        return False
    _put(task, homes, given, int(group[best]), int(part[best]))
    return True


def _swap(task: Task, homes: Homes, given: Counts, chosen: Homes) -> bool:
    """Make the best swap of two chosen groups, in place; return False when none lowers the cost."""
    first, second = (chosen[index] for index in np.triu_indices(len(chosen), 1))
    apart = homes[first] != homes[second]
    first, second = first[apart], second[apart]
    if not len(first):
        return False
    now = task.cost(given, np.arange(len(given)))
    left, right = homes[first], homes[second]
    shift = task.counts[second] - task.counts[first]
    gain = now[left] + now[right] - task.cost(given[left] + shift, left) - task.cost(given[right] - shift, right)
    best = int(gain.argmax())
    if gain[best] <= _LEAST_GAIN:
        return False
    one, other = int(first[best]), int(second[best])
    home = int(homes[one])
    _put(task, homes, given, one, int(homes[other]))
    _put(task, homes, given, other, home)
    return True


def _put(task: Task, homes: Homes, given: Counts, group: int, part: int) -> None:
    """Move one group, in place."""
    given[homes[group]] -= task.counts[group]
    given[part] += task.counts[group]
    homes[group] = part
