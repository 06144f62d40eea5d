"""Find the near duplicates of a data set: equal bytes, then alike hashes whose thumbnails are verified."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.duplicates.crops import CROPS, crop_hashes
from data_tools.duplicates.linking import link
from data_tools.duplicates.pairs import NearDuplicate
from data_tools.duplicates.phash import ByteLuma, Hashes
from data_tools.duplicates.search import near_pairs
from data_tools.duplicates.verify import MIN_SIMILARITY, similarity
from data_tools.errors import InputError
from data_tools.progress import Progress, silent

MAX_DISTANCE = 6
"""Affordable for a million pictures and their crops."""

_KEPT_THUMBNAILS = 20_000


class _Likeness(NamedTuple):
    """Say how alike two pictures are, and which way round."""

    similarity: float
    mirrored: bool


def find_near_duplicates(
    paths: Sequence[str],
    groups: Sequence[str],
    sha256s: Sequence[str],
    hashes: Hashes,
    flat: npt.NDArray[np.bool_],
    *,
    load_thumbnail: Callable[[str], ByteLuma],
    max_distance: int = MAX_DISTANCE,
    min_similarity: float = MIN_SIMILARITY,
    progress: Progress = silent,
) -> list[NearDuplicate]:
    """Find pictures that show the same shot: resized, re-encoded, mirrored, or cropped by up to 6 % a side.

    Of pictures with equal bytes the later ones (by path) are paired with the first, whatever their groups. Otherwise
    only pictures of different groups are paired: frames of one drive are alike anyway. Not every pair of copies is
    reported, but enough to join them along chains; how many pictures behind alike hashes are compared is bounded, so
    that among more than eight unlike pictures of one hash a copy can be missed (see `link`).

    Args:
        paths: Distinct paths, length N, in any order.
        groups: Group (drive) of each.
        sha256s: Digest of each file.
        hashes: Perceptual hash of each, shape (N,).
        flat: Pictures without structure, shape (N,): these take part by their bytes alone.
        load_thumbnail: Returns the luma of a path's picture, about 64 × 64 px (see `crops.thumbnail`); called once for
            every picture that is not flat, in order of the paths, then again for the candidates.
        max_distance: Hamming distance, 0 to 16, within which pictures become candidates.
        min_similarity: Least verified similarity, 0..1.
        progress: Receives the count of hashed pictures, then of verified pairs of hashes.

    Returns:
        The pairs, sorted by path_a and path_b; the same for any order of the input.

    Raises:
        InputError: Lengths differ, a path appears twice, or a number is out of range.
        CheckFailedError: Too many hashes are alike (see `near_pairs`).
    """
    _check(paths, [len(groups), len(sha256s), len(hashes), len(flat)], min_similarity)
    order = sorted(range(len(paths)), key=lambda index: paths[index])
    found = _equal_bytes([(paths[index], groups[index], sha256s[index]) for index in order])
    seen = [index for index in order if not flat[index]]
    crops = np.zeros((len(seen), CROPS), dtype=np.uint64)
    for done, index in enumerate(seen):
        crops[done] = crop_hashes(load_thumbnail(paths[index]))
        progress(done + 1, len(seen), "hashing crops")
    rank = {name: place for place, name in enumerate(sorted(set(groups)))}
    known = np.array([rank[groups[index]] for index in seen], dtype=np.int64)
    pairs = near_pairs(hashes[seen], max_distance, known_groups=known, crops=crops)
    recent = lru_cache(_KEPT_THUMBNAILS)(load_thumbnail)

    def same_shot(first: int, second: int, distance: int, mirrored: bool) -> bool:
        a, b = seen[first], seen[second]
        if sha256s[a] == sha256s[b]:
            return True  # listed already
        alike = _verify(recent(paths[a]), recent(paths[b]), mirrored, min_similarity)
        if alike.similarity < min_similarity:
            return False
        found.append(
            NearDuplicate(paths[a], paths[b], groups[a], groups[b], distance, alike.mirrored, alike.similarity)
        )
        return True

    link(pairs, hashes[seen], known, same_shot, progress)
    return sorted(found)


def _equal_bytes(pictures: list[tuple[str, str, str]]) -> list[NearDuplicate]:
    """Pair pictures (path, group, digest), sorted by path, with the first one of equal bytes."""
    first: dict[str, tuple[str, str]] = {}
    found: list[NearDuplicate] = []
    for path, group, digest in pictures:
        path_a, group_a = first.setdefault(digest, (path, group))
        if path_a != path:
            found.append(NearDuplicate(path_a, path, group_a, group, 0, False, 1.0))
    return found


def _verify(first: ByteLuma, second: ByteLuma, mirrored: bool, enough: float) -> _Likeness:
    """Compare two thumbnails the way round that the hashes say, then the other: a symmetric layout misleads them."""
    likely = _Likeness(similarity(first, second, mirrored=mirrored), mirrored)
    if likely.similarity >= enough:
        return likely
    return max(likely, _Likeness(similarity(first, second, mirrored=not mirrored), not mirrored))


def _check(paths: Sequence[str], lengths: list[int], min_similarity: float) -> None:
    """Raise unless the arguments of `find_near_duplicates` fit together."""
    if set(lengths) != {len(paths)}:
        raise InputError(f"expected a group, digest, hash and flat mark for each of {len(paths)} paths, got {lengths}")
    if len(set(paths)) < len(paths):
        raise InputError("expected distinct paths, got one twice")
    if not 0 <= min_similarity <= 1:
        raise InputError(f"min_similarity: expected 0 to 1, got {min_similarity}")
