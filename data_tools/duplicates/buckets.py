"""Look hashes up by one band, and name the candidates they must be compared with."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.duplicates.bands import Band
from data_tools.duplicates.phash import Hashes

Ids = npt.NDArray[np.int64]

MIXED = -1
"""Group of a hash that pictures of several groups share."""

_LARGE_BUCKET = 64
_GROUP_BITS = 32


class Runs(NamedTuple):
    """Name runs of entries of a table, each to be compared with one query; all of shape (R,).

    Attributes:
        query: Position of the query.
        start: First entry of the run.
        length: Number of entries.
    """

    query: Ids
    start: Ids
    length: Ids


class BandTable:
    """Hold the hashes sorted by a band's key, and by group inside a key."""

    def __init__(self, band: Band, hashes: Hashes, groups: Ids) -> None:
        keys = band.keys(hashes)
        self.band = band
        self.order: Ids = np.lexsort((groups, keys)).astype(np.int64)
        self.hashes: Hashes = hashes[self.order]
        counts = np.bincount(keys, minlength=2**band.width)
        self._starts = np.zeros(2**band.width + 1, dtype=np.int64)
        np.cumsum(counts, out=self._starts[1:])
        self._sorted = (keys.astype(np.int64)[self.order] << _GROUP_BITS) + groups[self.order]

    def runs(self, keys: npt.NDArray[np.intp], groups: Ids, flip: int) -> Runs:
        """Return the entries whose key is the query's key with the bits of `flip` flipped.

        From a large bucket the entries of the query's own group are left out, so that a long drive, whose frames are
        all alike, does not make the search quadratic.

        Args:
            keys: Keys of the queries, shape (Q,).
            groups: Their groups, shape (Q,); `MIXED` leaves nothing out.
            flip: Pattern of bits.
        """
        wanted = keys ^ flip
        start = np.take(self._starts, wanted)
        length = np.take(self._starts[1:], wanted) - start
        query = np.flatnonzero(length)
        start, length = start[query], length[query]
        large = (length > _LARGE_BUCKET) & (groups[query] != MIXED)
        if not large.any():
            return Runs(query, start, length)
        big, end = query[large], start[large] + length[large]
        own = (wanted[big].astype(np.int64) << _GROUP_BITS) + groups[big]
        before, after = np.searchsorted(self._sorted, own), np.searchsorted(self._sorted, own, side="right")
        parts = Runs(
            np.concatenate([query[~large], big, big]),
            np.concatenate([start[~large], start[large], after]),
            np.concatenate([length[~large], before - start[large], end - after]),
        )
        some = parts.length > 0
        return Runs(parts.query[some], parts.start[some], parts.length[some])


def comparisons(runs: Runs, at_most: int) -> Iterator[tuple[Ids, Ids]]:
    """Yield (query, entry) for every entry of the runs, in pieces of about `at_most`, a single run's length aside."""
    ends = np.cumsum(runs.length)
    first = 0
    while first < len(ends):
        done = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, done + at_most, side="right")), first + 1)
        length = runs.length[first:last]
        # The entry is the run's start plus the place inside the run, which is the place in the piece less those before.
        offset = runs.start[first:last] - (ends[first:last] - length - done)
        total = int(ends[last - 1]) - done
        yield np.repeat(runs.query[first:last], length), np.repeat(offset, length) + np.arange(total)
        first = last
