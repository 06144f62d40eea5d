"""Collect near pairs of hashes, each of which several bands, crops and both directions may find."""

import numpy as np
import numpy.typing as npt

from data_tools.duplicates.buckets import MIXED, Ids
from data_tools.errors import CheckFailedError

_COMPACT_AT = 2**21
_MOST_PAIRS = 2**25


class Hits:
    """Keep the best finding of every pair; memory follows the number of distinct pairs, not of findings."""

    def __init__(self, hashes: int) -> None:
        self._hashes = hashes
        self._pairs: list[Ids] = [np.zeros(0, dtype=np.int64)]
        self._ranks: list[npt.NDArray[np.uint8]] = [np.zeros(0, dtype=np.uint8)]
        self._pending = 0

    def add(self, left: Ids, right: Ids, distance: npt.NDArray[np.uint8], mirrored: bool, groups: Ids) -> None:
        """Take findings; those of a hash with itself or inside one group are dropped.

        Args:
            left: Index of the one hash, shape (P,).
            right: Index of the other.
            distance: Hamming distance.
            mirrored: Whether one was mirrored.
            groups: Group of every hash.

        Raises:
            CheckFailedError: There are more than 33 million pairs.
        """
        apart = (left != right) & ((groups[left] != groups[right]) | (groups[left] == MIXED))
        left, right = left[apart], right[apart]
        # Of equal distances the unmirrored one wins.
        self._ranks.append(distance[apart] * np.uint8(2) + np.uint8(mirrored))
        self._pairs.append(np.minimum(left, right) * self._hashes + np.maximum(left, right))
        self._pending += len(left)
        if self._pending > max(_COMPACT_AT, len(self._pairs[0])):
            self._compact()

    def best(self) -> tuple[Ids, Ids, Ids, npt.NDArray[np.bool_]]:
        """Return the pairs: smaller index, larger index, distance and mirrored."""
        pairs, ranks = self._compact()
        return pairs // self._hashes, pairs % self._hashes, (ranks >> 1).astype(np.int64), (ranks & 1).astype(bool)

    def _compact(self) -> tuple[Ids, npt.NDArray[np.uint8]]:
        """Keep the lowest rank of every pair."""
        pairs = np.concatenate(self._pairs)
        ranks = np.concatenate(self._ranks)
        order = np.lexsort((ranks, pairs))
        pairs, ranks = pairs[order], ranks[order]
        fresh = np.ones(len(pairs), dtype=bool)
        fresh[1:] = pairs[1:] != pairs[:-1]
        pairs, ranks = pairs[fresh], ranks[fresh]
        if len(pairs) > _MOST_PAIRS:
            raise CheckFailedError(
                f"near duplicates: expected at most {_MOST_PAIRS:,} alike pairs, got more; lower max_distance"
            )
        self._pairs, self._ranks, self._pending = [pairs], [ranks], 0
        return pairs, ranks
