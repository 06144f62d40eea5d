"""Treat equal hashes as one, and turn what was found for them back into positions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_tools.duplicates.buckets import MIXED, Ids
from data_tools.duplicates.phash import Hashes

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SameHash:
    """Hold the distinct hashes, shape (K,), and which positions stand for them.

    Attributes:
        values: The distinct hashes, sorted.
        first: First position of each.
        other: First position of each whose group is not that of `first`; −1 if there is none.
        group: Group of each; `MIXED` if its positions are of several.
        groups: Group of every position, shape (N,).
        chained: Later positions of a hash that are of another group than its first, shape (C,).
        chained_to: The first position of their hash, shape (C,).
    """

    values: Hashes
    first: Ids
    other: Ids
    group: Ids
    groups: Ids
    chained: Ids
    chained_to: Ids

    @classmethod
    def of(cls, hashes: Hashes, groups: Ids) -> "SameHash":
        """Collapse equal hashes.

        Args:
            hashes: Shape (N,).
            groups: Non-negative whole numbers below 2^31, shape (N,).
        """
        values, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        head = first[inverse]
        chained = np.flatnonzero(groups != groups[head])
        other = np.full(len(values), -1, dtype=np.int64)
        mixed, earliest = np.unique(inverse[chained], return_index=True)
        other[mixed] = chained[earliest]
        group = np.where(other >= 0, MIXED, groups[first]).astype(np.int64)
        return cls(values, first.astype(np.int64), other, group, groups, chained, head[chained].astype(np.int64))

    def positions(self, low: Ids, high: Ids, distance: Ids, mirrored: Flags) -> tuple[Ids, Ids, Ids, Flags]:
        """Name a pair of positions of different groups for every pair of hashes, and append the chained ones.

        They name hashes that are alike, no more: whether the pictures are is found out by `linking`, which looks at
        further positions too.

        Args:
            low: Index of a hash, shape (P,).
            high: Index of the other.
            distance: Their distance.
            mirrored: Whether one is mirrored.

        Returns:
            Smaller position, larger position, distance, mirrored.
        """
        left, right = self.first[low], self.first[high]
        clash = self.groups[left] == self.groups[right]
        turn_right = clash & (self.other[high] >= 0)
        turn_left = clash & ~turn_right
        left = np.where(turn_left, self.other[low], left)
        right = np.where(turn_right, self.other[high], right)
        some = left >= 0
        left = np.concatenate([left[some], self.chained_to])
        right = np.concatenate([right[some], self.chained])
        none = np.zeros(len(self.chained), dtype=np.int64)
        return (
            np.minimum(left, right),
            np.maximum(left, right),
            np.concatenate([distance[some], none]),
            np.concatenate([mirrored[some], none.astype(bool)]),
        )
