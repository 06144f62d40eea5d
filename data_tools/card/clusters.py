"""Join near-duplicate pairs to clusters and count them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from data_tools.card.model import Clusters
from data_tools.duplicates.pairs import NearDuplicate
from data_tools.split.components import components

_EXAMPLES = 5


class Member(NamedTuple):
    """Say what a picture of a pair is; pictures that are not in the data set have none."""

    label: str
    group: str


def named_in(pairs: Iterable[NearDuplicate]) -> frozenset[str]:
    """Return the paths that pairs name."""
    return frozenset(path for pair in pairs for path in (pair.path_a, pair.path_b))


def count_clusters(pairs: Sequence[NearDuplicate], members: Mapping[str, Member]) -> Clusters:
    """Join pairs along chains and count the clusters with two usable pictures or more.

    Args:
        pairs: Near duplicates; a chain may go through a copy that is quarantined.
        members: The usable pictures among those that the pairs name.
    """
    position = {path: index for index, path in enumerate(sorted(named_in(pairs)))}
    left = np.array([position[pair.path_a] for pair in pairs], np.int64)
    right = np.array([position[pair.path_b] for pair in pairs], np.int64)
    found: dict[int, list[str]] = {}
    for path, root in zip(position, components(len(position), left, right).tolist(), strict=True):
        if path in members:
            found.setdefault(root, []).append(path)
    clusters = [paths for paths in found.values() if len(paths) > 1]
    conflicts = [paths for paths in clusters if len({members[path].label for path in paths}) > 1]
    return Clusters(
        clusters=len(clusters),
        pictures=sum(map(len, clusters)),
        sizes=dict(sorted(Counter(map(len, clusters)).items())),
        across_drives=sum(len({members[path].group for path in paths}) > 1 for paths in clusters),
        label_conflicts=len(conflicts),
        conflict_examples=tuple(tuple(paths) for paths in sorted(conflicts)[:_EXAMPLES]),
    )
