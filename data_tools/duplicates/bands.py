"""Cut 64-bit hashes into bands for multi-index hashing: how many, which bits, and what radius each is searched with."""

import itertools
import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.duplicates.phash import BITS, Hashes

Keys = npt.NDArray[np.intp]

_WIDEST = 22
"""A table of 2^22 places (16 MiB) still answers quickly."""
_COST_OF_COMPARISON = 1.5
_COST_OF_PLACE = 0.2
_SAMPLE = 20_000


class Band(NamedTuple):
    """Name a run of bits of a rearranged hash.

    Attributes:
        shift: Its lowest bit.
        width: Number of bits.
        radius: Number of bits by which a neighbour may differ inside the band.
    """

    shift: int
    width: int
    radius: int

    def keys(self, hashes: Hashes) -> Keys:
        """Return the band's bits as numbers."""
        return np.asarray((hashes >> np.uint64(self.shift)) & np.uint64(2**self.width - 1), dtype=np.intp)

    def flips(self) -> list[int]:
        """Return every pattern of at most `radius` bits inside the band."""
        places = range(self.width)
        return [
            sum(1 << place for place in chosen)
            for count in range(self.radius + 1)
            for chosen in itertools.combinations(places, count)
        ]


def plan_bands(hashes: int, queries: int, max_distance: int) -> list[Band]:
    """Choose the bands with the least expected work for uniformly drawn hashes.

    Pigeonhole: when the radii add up to `max_distance` − (number of bands) + 1, two hashes within `max_distance` lie
    within the radius of at least one band. A band that the sum leaves without a radius needs no search.

    Source: M. Norouzi, A. Punjani, D. Fleet, Fast Search in Hamming Space with Multi-Index Hashing, CVPR 2012.

    Args:
        hashes: Number of hashes in the index.
        queries: Number of hashes that are looked up.
        max_distance: Hamming distance up to which neighbours must be found.
    """
    plans = [_plan(count, max_distance) for count in range(math.ceil(BITS / _WIDEST), BITS // 4 + 1)]
    return min(plans, key=lambda bands: _work(bands, hashes, queries))


def spread_bits(hashes: Hashes, bands: list[Band]) -> npt.NDArray[np.intp]:
    """Choose where each bit goes, so that no band holds many bits that are skewed or say the same.

    Two hashes share the key of a band of width w with a probability of about 2^-w (1 + Σ E[s_i]² + Σ E[s_i s_j]²),
    with s = ±1 for a bit and the sums over its bits and pairs of bits (Parseval). The most skewed bit first, each
    goes where it adds least.

    Args:
        hashes: Shape (N,), N >= 1; a sample of them is looked at.
        bands: All bands, those that are not searched too.

    Returns:
        Shape (64,): the new place of every bit.
    """
    sample = hashes[:: max(len(hashes) // _SAMPLE, 1)]
    signs = ((sample[:, None] >> np.arange(BITS, dtype=np.uint64)) & np.uint64(1)).astype(np.float32) * 2 - 1
    skew = signs.mean(axis=0).astype(np.float64) ** 2
    agreement = ((signs.T @ signs) / len(sample)).astype(np.float64) ** 2
    places = np.zeros(BITS, dtype=np.intp)
    members: list[list[int]] = [[] for _ in bands]
    for bit in np.argsort(-skew, kind="stable").tolist():
        # A full band is out; of equal ones the emptiest is taken.
        open_bands = [index for index, band in enumerate(bands) if len(members[index]) < band.width]
        best = min(
            open_bands, key=lambda index: (float(agreement[bit, members[index]].sum()), len(members[index]), index)
        )
        places[bit] = bands[best].shift + len(members[best])
        members[best].append(bit)
    return places


def rearrange(hashes: Hashes, places: npt.NDArray[np.intp]) -> Hashes:
    """Move bit i of every hash to `places[i]`; Hamming distances stay as they are."""
    moved = np.zeros(hashes.shape, dtype=np.uint64)
    for byte in range(BITS // 8):
        table = np.zeros(256, dtype=np.uint64)
        for bit in range(8):
            present = (np.arange(256) >> bit & 1).astype(np.uint64)
            table |= present << np.uint64(places[8 * byte + bit])
        moved |= table[((hashes >> np.uint64(8 * byte)) & np.uint64(255)).astype(np.intp)]
    return moved


def _plan(count: int, max_distance: int) -> list[Band]:
    """Cut 64 bits into `count` bands; the first ones are a bit wider, and the first ones get the larger radii."""
    width, wider = divmod(BITS, count)
    radius, larger = divmod(max_distance + 1, count)
    bands: list[Band] = []
    shift = 0
    for index in range(count):
        own = width + (index < wider)
        bands.append(Band(shift, own, radius - 1 + (index < larger)))
        shift += own
    return bands


def _work(bands: list[Band], hashes: int, queries: int) -> float:
    """Return the expected work of a plan, in table look-ups."""
    work = 0.0
    for band in bands:
        if band.radius >= 0:
            lookups = sum(math.comb(band.width, bits) for bits in range(band.radius + 1))
            work += queries * lookups * (1 + _COST_OF_COMPARISON * hashes / 2**band.width)
            work += _COST_OF_PLACE * 2**band.width
    return work
