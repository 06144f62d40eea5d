"""Join groups that share near-duplicates, so that no picture is judged by its own copy."""

from collections.abc import Sequence

import numpy as np

from data_tools.split.components import components


def join_groups(groups: Sequence[str], pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Give groups that are connected by pairs one name.

    Args:
        groups: The group of each picture.
        pairs: Groups that hold near-duplicates of each other; groups of no picture are allowed.

    Returns:
        The joined group of each picture: the first name, by the alphabet, of all that are connected with its own.
    """
    names = sorted({*groups, *(name for pair in pairs for name in pair)})
    index = {name: position for position, name in enumerate(names)}
    edges = np.array([(index[first], index[second]) for first, second in pairs], dtype=np.int64).reshape(-1, 2)
    first_of = components(len(names), edges[:, 0], edges[:, 1]).tolist()
    return [names[first_of[index[group]]] for group in groups]
