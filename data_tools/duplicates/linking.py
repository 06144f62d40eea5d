"""Choose which pictures behind alike hashes are compared, so that one picture cannot hide the copies behind it."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice, product
from typing import NamedTuple

import numpy as np

from data_tools.duplicates.buckets import Ids
from data_tools.duplicates.phash import Hashes
from data_tools.duplicates.search import NearPairs
from data_tools.progress import Progress

TRIES = 8
"""Rejected comparisons after which a picture is no longer compared with further ones of its kind (see `link`)."""

_WALK = 32
_NEAR_TRIES = 2 * TRIES

Compare = Callable[[int, int, int, bool], bool]
"""Told a smaller and a larger position, distance and mirrored; says whether they show the same shot."""


class _Cluster(NamedTuple):
    """Name a picture, and one of another group that was found to show the same shot, −1 for none."""

    head: int
    other: int = -1


def link(pairs: NearPairs, hashes: Hashes, groups: Ids, compare: Compare, progress: Progress) -> None:
    """Compare the pictures behind pairs of hashes, more than one for each pair where the first are no copies.

    An alike hash does not make a copy, so no picture may stand for another unless the two were compared.

    - Equal hashes: every picture is compared with one of each cluster of copies found so far and then with single
      pictures, until one shows the same shot: at most `TRIES` rejected comparisons with either, and once more with the
      clusters at the end. Drives take turns, so that a long drive does not fill the list. Among up to `TRIES` unlike
      pictures of one hash no copy is missed; among more, the earliest and the latest are tried.
    - Near hashes: up to `TRIES` clusters of either hash, or as many pictures spread over a drive, are compared until
      each is linked or 16 comparisons are rejected. Hashes of one picture each cost one comparison, as before.

    The work grows with the pictures and the pairs of hashes, never with the square of the pictures that share one.

    Args:
        pairs: From `near_pairs`.
        hashes: What was searched, (N,).
        groups: (N,); pictures of one group are not compared.
        compare: Called for every pair of pictures, in a fixed order, at most once for a pair that it accepts.
        progress: Told how many pairs of hashes are done.
    """
    shared = _Shared(hashes, groups)
    first, second = pairs.first, pairs.second
    low, high = shared.of[first], shared.of[second]
    equal = np.unique(low[low == high]).tolist()
    near = np.flatnonzero(low != high).tolist()
    total = len(equal) + len(near)
    for done, value in enumerate(equal):
        progress(done + 1, total, "verifying near duplicates")
        shared.clusters[value] = _link_equal(shared.in_turns(value), groups, compare)
    for done, row in enumerate(near, start=len(equal)):
        progress(done + 1, total, "verifying near duplicates")
        left, right = shared.standing_for(int(low[row])), shared.standing_for(int(high[row]))
        distance, mirrored = int(pairs.distance[row]), bool(pairs.mirrored[row])
        _link_near(left, right, groups, partial(_compare_near, compare, distance, mirrored))


def _compare_near(compare: Compare, distance: int, mirrored: bool, first: int, second: int) -> bool:
    return compare(first, second, distance, mirrored)


class _Shared:
    """Know which positions share a hash."""

    def __init__(self, hashes: Hashes, groups: Ids) -> None:
        values, inverse = np.unique(hashes, return_inverse=True)
        self.of: Ids = inverse.astype(np.int64)
        self.clusters: dict[int, list[_Cluster]] = {}
        self._groups = groups
        self._order = np.argsort(self.of, kind="stable")
        self._starts = np.searchsorted(self.of[self._order], np.arange(len(values) + 1))

    def in_turns(self, value: int) -> list[int]:
        """Return the positions of a hash: the first one of each group, then the second of each, and so on."""
        members = self._members(value)
        turns: dict[int, int] = {}
        ranked: list[tuple[int, int]] = []
        for member, group in zip(members.tolist(), self._groups[members].tolist(), strict=True):
            turns[group] = turns.get(group, -1) + 1
            ranked.append((turns[group], member))
        return [member for _, member in sorted(ranked)]

    def standing_for(self, value: int) -> list[_Cluster]:
        """Return some clusters of a hash; of one that a single group has, pictures spread over all of them."""
        if value in self.clusters:
            return self.clusters[value]
        members = self._members(value)
        spread = np.unique(np.linspace(0, len(members) - 1, TRIES).astype(np.int64)) if len(members) > 1 else [0]
        return [_Cluster(member) for member in members[spread].tolist()]

    def _members(self, value: int) -> Ids:
        return np.asarray(self._order[self._starts[value] : self._starts[value + 1]], dtype=np.int64)


def _link_equal(members: list[int], groups: Ids, compare: Compare) -> list[_Cluster]:
    """Link pictures of one hash, and return the clusters that stand for it, at most `TRIES`, linked ones first."""
    linked: dict[int, _Cluster] = {}
    single: dict[int, _Cluster] = {}
    for member in members:
        found = _find(member, linked, groups, compare) or _find(member, single, groups, compare)
        if found is None:
            single[member] = _Cluster(member)
        elif found.head in single:
            del single[found.head]
            linked[found.head] = _Cluster(found.head, member)
    for member in list(single):
        if _find(member, linked, groups, compare):  # it came before the copies that it could be compared with
            del single[member]
    return [*islice(linked.values(), TRIES), *_spread(list(single.values()), TRIES - len(linked))]


def _find(member: int, clusters: dict[int, _Cluster], groups: Ids, compare: Compare) -> _Cluster | None:
    """Return the first cluster with a picture of another group that shows the same shot."""
    rejected = 0
    for cluster in _ends(clusters):
        pair = _apart(_Cluster(member), cluster, groups)
        if pair is None:
            continue
        if compare(*pair, 0, False):
            return cluster
        rejected += 1
        if rejected == TRIES:
            break
    return None


def _ends(clusters: dict[int, _Cluster]) -> Iterator[_Cluster]:
    """Yield the earliest and the latest clusters in turn."""
    rest = max(min(len(clusters) - _WALK, _WALK), 0)
    late = islice(reversed(clusters.values()), rest)
    for early in islice(clusters.values(), _WALK):
        yield early
        yield from islice(late, 1)


def _spread(clusters: list[_Cluster], count: int) -> Iterable[_Cluster]:
    """Return at most `count` of the clusters, from all over the list."""
    if count <= 0 or not clusters:
        return []
    return [clusters[place] for place in np.unique(np.linspace(0, len(clusters) - 1, count).astype(int)).tolist()]


def _link_near(left: list[_Cluster], right: list[_Cluster], groups: Ids, alike: Callable[[int, int], bool]) -> None:
    """Link clusters of two near hashes."""
    done_left: set[int] = set()
    done_right: set[int] = set()
    rejected = 0
    for i, j in sorted(product(range(len(left)), range(len(right))), key=sum):
        pair = _apart(left[i], right[j], groups)
        if pair is None or (i in done_left and j in done_right):
            continue
        if alike(*pair):
            done_left.add(i)
            done_right.add(j)
            continue
        rejected += 1
        if rejected == _NEAR_TRIES:
            return


def _apart(one: _Cluster, two: _Cluster, groups: Ids) -> tuple[int, int] | None:
    """Return a picture of each cluster, of different groups, the smaller position first."""
    for a, b in product(one, two):
        if a >= 0 and b >= 0 and groups[a] != groups[b]:
            return min(a, b), max(a, b)
    return None
