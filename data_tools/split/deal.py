"""Deal groups to parts so that every part has its share of every class; a group is never divided."""

from collections.abc import Mapping, Sequence

import numpy as np

from data_tools.errors import InputError
from data_tools.randomness import keyed_seed
from data_tools.split.exhaust import Verdict, exhaust
from data_tools.split.improve import improve
from data_tools.split.task import Counts, Homes, Task


def deal(
    counts: Counts,
    names: Sequence[str],
    *,
    shares: Mapping[str, float],
    classes: tuple[str, ...],
    seed: int,
    tolerance: float,
    held: Counts | None = None,
) -> Homes:
    """Assign every group to one part.

    Groups are taken largest first, equal ones in an order drawn from the seed; each goes where it lowers the squared
    deviation from the wanted shares the most. Moves and swaps better that, and where a share is still out of
    tolerance, or a part lacks a class, the deals are searched one by one: small sets are refused only for good reason.

    Args:
        counts: Pictures of each class in each group, (G, C).
        names: G unique names; they key the order of equal groups.
        shares: Wanted share of the pictures for each of P parts; sums to 1.
        classes: C names, for messages.
        seed: Order of equal groups.
        tolerance: Largest distance of a part's share of a class from the wanted one, in absolute points.
        held: Pictures that the parts have already and keep, (P, C).

    Returns:
        Index of the part of each group, (G,).

    Raises:
        InputError: A class has fewer groups than parts that need one, or no deal was found that gives every part
            every class and keeps the tolerance.
    """
    parts = list(shares)
    kept = np.zeros((len(parts), len(classes))) if held is None else held
    total = counts.sum(axis=0) + kept.sum(axis=0)
    order = np.array(
        sorted(range(len(names)), key=lambda group: (-counts[group].sum(), keyed_seed("split", seed, names[group]))),
        np.int64,
    )
    wanted = np.array([shares[part] for part in parts])
    task = Task(counts[order], kept, np.maximum(total, 1), wanted, tolerance)
    _check_enough(task, parts, classes)
    homes = improve(task, _greedy(task))
    if not task.fits(task.given(homes)):
        verdict, found = exhaust(task, homes)
        if verdict is not Verdict.FOUND:
            ordered = [names[group] for group in order.tolist()]
            raise InputError(_why_not(task, homes, verdict, parts=parts, classes=classes, names=ordered))
        homes = found
    result = np.empty_like(homes)
    result[order] = homes
    return result


def _greedy(task: Task) -> Homes:
    """Give each group, in turn, to the part whose squared deviation changes the most to the better.

    |d + g|² − |d|² = 2 d·g + |g|², and |g|² is the same for every part.
    """
    homes = np.zeros(len(task.counts), np.int64)
    scaled = task.counts / task.total
    deviation = task.deviation(task.held)
    for group in range(len(homes)):
        part = int((deviation @ scaled[group]).argmin())
        homes[group] = part
        deviation[part] += scaled[group]
    return homes


def _check_enough(task: Task, parts: Sequence[str], classes: tuple[str, ...]) -> None:
    """Count the groups of every class."""
    for index, label in enumerate(classes):
        lacking = [part for part, pictures in zip(parts, task.held[:, index], strict=True) if pictures == 0]
        available = int((task.counts[:, index] > 0).sum())
        if available < len(lacking):
            raise InputError(
                f"class '{label}' has {available} group(s), but {len(lacking)} are needed, one for each of "
                f"{', '.join(lacking)}; add drives of this class or mark its drives as separate groups"
            )


def _why_not(
    task: Task,
    homes: Homes,
    verdict: Verdict,
    *,
    parts: Sequence[str],
    classes: tuple[str, ...],
    names: Sequence[str],
) -> str:
    """Name the class that cannot be dealt, its groups, and what to do."""
    given = task.given(homes)
    off = np.abs(task.deviation(given))
    proof = "no deal exists" if verdict is Verdict.IMPOSSIBLE else "none was found"
    if not (given > 0).all():
        any_share, whole = exhaust(task._replace(tolerance=1.0), homes)
        if any_share is not Verdict.FOUND:
            part, index = (int(item) for item in np.argwhere(given <= 0)[0])
            return (
                f"class '{classes[index]}' cannot reach the part '{parts[part]}' ({proof} that gives every part every "
                "class): its groups hold other classes too, and moving one would take another part's last group of a "
                "class; add drives or mark them as separate groups"
            )
        given = task.given(whole)
        off = np.abs(task.deviation(given))
    index = int(off.max(axis=0).argmax())
    members = np.flatnonzero(task.counts[:, index] > 0)
    shown = ", ".join(
        f"{part} {found:.3f} (wanted {share:.3f})"
        for part, found, share in zip(parts, given[:, index] / task.total[index], task.wanted, strict=True)
    )
    largest = ""
    if len(members):
        most = int(members[task.counts[members, index].argmax()])
        largest = f", the largest, '{names[most]}', with {task.counts[most, index] / task.total[index]:.3f} of it"
    return (
        f"class '{classes[index]}' cannot be dealt within split.tolerance {task.tolerance:g} ({proof}): its "
        f"{len(members)} new group(s){largest}, give {shown}; add drives of this class, mark drives as separate "
        f"groups, or raise split.tolerance to {np.ceil(off.max() * 1000) / 1000:g}"
    )
