"""Deal groups to parts so that every part has its share of every class; a group is never divided."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from data_tools.errors import InputError
from data_tools.randomness import keyed_seed

Counts = npt.NDArray[np.float64]


def deal(
    group_counts: Mapping[str, Sequence[int]], shares: Mapping[str, float], classes: tuple[str, ...], seed: int
) -> dict[str, str]:
    """Assign every group to one part.

    Groups are taken largest first, equal ones in an order drawn from the seed; each goes where it lowers the squared
    deviation from the wanted counts, relative to the class size, the most. Then a part that got no group of a class
    receives the smallest one from the part that has the most groups of it.

    Args:
        group_counts: Picture count by class, (C,), for each group.
        shares: Wanted share of the pictures for each part; sums to 1.
        classes: C names, for messages.
        seed: Order of equal groups.

    Returns:
        Part by group.

    Raises:
        InputError: A class has fewer groups than there are parts, or groups of several classes cannot be dealt so
            that every part has every class.
    """
    parts = list(shares)
    counts = {name: np.asarray(values, dtype=np.float64) for name, values in group_counts.items()}
    for index, label in enumerate(classes):
        available = sum(1 for values in counts.values() if values[index] > 0)
        if available < len(parts):
            raise InputError(
                f"class '{label}' has {available} group(s), but {len(parts)} are needed, one for each of "
                f"{', '.join(parts)}; add drives of this class or mark its drives as separate groups"
            )
    total = sum(counts.values(), start=np.zeros(len(classes)))
    wanted = {part: share * total for part, share in shares.items()}
    given = {part: np.zeros(len(classes)) for part in parts}
    order = sorted(counts, key=lambda name: (-counts[name].sum(), keyed_seed("split", seed, name)))
    chosen: dict[str, str] = {}
    for name in order:
        part = min(parts, key=lambda item: _change(counts[name], given[item], wanted[item], total))
        chosen[name] = part
        given[part] += counts[name]
    _fill_empty(chosen, counts, parts, classes)
    return chosen


def _change(group: Counts, given: Counts, wanted: Counts, total: Counts) -> float:
    """Return how the squared relative deviation of a part changes when it receives a group."""
    after = (given + group - wanted) / total
    before = (given - wanted) / total
    return float((after**2 - before**2).sum())


def _fill_empty(
    chosen: dict[str, str], counts: Mapping[str, Counts], parts: Sequence[str], classes: tuple[str, ...]
) -> None:
    """Give every part at least one group of every class, in place, and take no part's last one of any class."""
    for index, label in enumerate(classes):
        for part in parts:
            held = {item: np.zeros(len(classes)) for item in parts}
            for name, home in chosen.items():
                held[home] += counts[name] > 0
            if held[part][index]:
                continue
            spare = [
                name
                for name, values in counts.items()
                if values[index] > 0 and (held[chosen[name]][values > 0] > 1).all()
            ]
            if not spare:
                raise InputError(
                    f"class '{label}' cannot reach the part '{part}': its groups hold other classes too, and moving "
                    "one would take another part's last group of a class; add drives or mark them as separate groups"
                )
            rank = {name: (-held[chosen[name]][index], parts.index(chosen[name]), counts[name].sum()) for name in spare}
            chosen[min(spare, key=lambda name: (rank[name], name))] = part
