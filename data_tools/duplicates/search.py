"""Find all pairs of near-equal 64-bit hashes without comparing every pair: multi-index hashing."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.duplicates.bands import Band, plan_bands, rearrange, spread_bits
from data_tools.duplicates.buckets import BandTable, Ids, comparisons
from data_tools.duplicates.hamming import hamming
from data_tools.duplicates.hits import Hits
from data_tools.duplicates.phash import MIRROR_MASK, Hashes
from data_tools.duplicates.same_hash import SameHash
from data_tools.errors import CheckFailedError, InputError

FARTHEST = 16
MAX_COMPARISONS = 50_000_000_000
"""About ten minutes on one core."""

_CHUNK = 2**15
_PIECE = 2**20


class NearPairs(NamedTuple):
    """List pairs of positions, sorted; all arrays of shape (P,).

    Attributes:
        first: Smaller position.
        second: Larger position.
        distance: Hamming distance, of the best crop where crops were given.
        mirrored: The second matches the first mirrored left to right, and does so better than unmirrored.
        comparisons: How many hashes were compared.
    """

    first: Ids
    second: Ids
    distance: Ids
    mirrored: npt.NDArray[np.bool_]
    comparisons: int


def near_pairs(
    hashes: Hashes,
    max_distance: int,
    *,
    known_groups: Ids | None = None,
    crops: Hashes | None = None,
    max_comparisons: int = MAX_COMPARISONS,
) -> NearPairs:
    """Find the pairs of hashes that differ in at most `max_distance` bits, directly or with one of them mirrored.

    Equal hashes are searched as one. Of n positions with one hash the later ones are paired with the first alone
    (n − 1 pairs, not n²/2), and of two near hashes one pair of positions is named. Pairs inside one known group are
    left out; a pair of hashes is reported if any two of their positions differ in group. The named positions need not
    be the ones that show the same shot: `data_tools.duplicates.linking` compares those behind the hashes.

    Uniform hashes cost about n^1.3 comparisons. The worst case stays quadratic: many distinct hashes that agree in a
    band and belong to different groups must be compared. Bits are spread over the bands to make that rare, a query's
    own group is skipped in large buckets, memory is bounded by working in pieces, and the whole is bounded by
    `max_comparisons`: beyond it the search stops with an error rather than leave pairs out silently.

    Args:
        hashes: Shape (N,), uint64.
        max_distance: Largest Hamming distance, 0 to 16.
        known_groups: Non-negative whole numbers, shape (N,): positions with the same one need no pair; None: all
            differ.
        crops: Shape (N, V): hashes of V crops of each picture. They are looked up too, so that a pair is found where a
            crop of one lies within `max_distance` of the other. Of equal hashes the first one's are used.
        max_comparisons: Bound on the work.

    Raises:
        InputError: A shape or number is out of range.
        CheckFailedError: The bound is reached.
    """
    _check(hashes, max_distance, known_groups, crops)
    groups = np.arange(len(hashes)) if known_groups is None else np.unique(known_groups, return_inverse=True)[1]
    same = SameHash.of(hashes, groups.astype(np.int64))
    hits = Hits(len(same.values))
    compared = 0
    if len(same.values) > 1:
        queries = same.values[:, None] if crops is None else np.column_stack([same.values, crops[same.first]])
        bands = plan_bands(len(same.values), 2 * queries.size, max_distance)
        places = spread_bits(same.values, bands)
        index, mask = rearrange(same.values, places), rearrange(MIRROR_MASK, places)
        looked_up = [rearrange(queries[:, column], places) for column in range(queries.shape[1])]
        for band in (band for band in bands if band.radius >= 0):
            table = BandTable(band, index, same.group)
            for column in looked_up:
                for mirrored in (False, True):
                    compared = _look_up(
                        table, column ^ mask if mirrored else column, same.group, hits, compared,
                        max_distance=max_distance, mirrored=mirrored, max_comparisons=max_comparisons,
                    )  # fmt: skip
    first, second, distance, turned = same.positions(*hits.best())
    order = np.lexsort((second, first))
    return NearPairs(first[order], second[order], distance[order], turned[order], compared)


def _look_up(
    table: BandTable,
    queries: Hashes,
    groups: Ids,
    hits: Hits,
    compared: int,
    *,
    max_distance: int,
    mirrored: bool,
    max_comparisons: int,
) -> int:
    """Collect the entries near the queries (one for each hash, in order), and return the comparisons so far."""
    flips = table.band.flips()
    for owners, keys in _chunks(table.band, queries):
        mine, own_groups = queries[owners], groups[owners]
        for flip in flips:
            runs = table.runs(keys, own_groups, flip)
            compared += int(runs.length.sum())
            if compared > max_comparisons:
                raise CheckFailedError(
                    f"near duplicates: expected at most {max_comparisons:,} comparisons, "
                    "but too many hashes are alike; lower max_distance, or leave pictures without structure out"
                )
            for query, entry in comparisons(runs, _PIECE):
                distance = hamming(mine[query], table.hashes[entry])
                near = np.flatnonzero(distance <= max_distance)
                if len(near):
                    hits.add(owners[query[near]], table.order[entry[near]], distance[near], mirrored, groups)
    return compared


def _chunks(band: Band, queries: Hashes) -> Iterator[tuple[Ids, npt.NDArray[np.intp]]]:
    """Yield positions and keys of the queries, sorted by key, so that neighbouring look-ups touch the same memory."""
    keys = band.keys(queries)
    order = np.argsort(keys, kind="stable")
    for start in range(0, len(order), _CHUNK):
        owners = order[start : start + _CHUNK]
        yield owners.astype(np.int64), keys[owners]


def _check(hashes: Hashes, max_distance: int, known_groups: Ids | None, crops: Hashes | None) -> None:
    """Raise unless the arguments of `near_pairs` fit."""
    if hashes.ndim != 1 or hashes.dtype != np.uint64:
        raise InputError(f"hashes: expected shape (N,) of uint64, got shape {hashes.shape} of {hashes.dtype}")
    if not 0 <= max_distance <= FARTHEST:
        raise InputError(f"max_distance: expected 0 to {FARTHEST} bits, got {max_distance}")
    if known_groups is not None and known_groups.shape != hashes.shape:
        raise InputError(f"known_groups: expected shape {hashes.shape}, got {known_groups.shape}")
    if crops is not None and (crops.ndim != 2 or len(crops) != len(hashes) or crops.dtype != np.uint64):
        raise InputError(f"crops: expected shape ({len(hashes)}, V) of uint64, got {crops.shape} of {crops.dtype}")
