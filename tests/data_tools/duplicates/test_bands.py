import math

import numpy as np
import pytest

from data_tools.duplicates.bands import Band, plan_bands, rearrange, spread_bits
from data_tools.duplicates.hamming import hamming
from data_tools.randomness import keyed_generator


@pytest.mark.parametrize("max_distance", range(17))
@pytest.mark.parametrize("hashes", [2, 1000, 1_000_000])
def test_bands_cover_all_bits_and_the_pigeonhole_holds(hashes: int, max_distance: int) -> None:
    bands = plan_bands(hashes, hashes, max_distance)
    assert sum(2**band.width - 1 << band.shift for band in bands) == 2**64 - 1
    # The farthest pair that no band sees differs by radius + 1 in every one.
    assert sum(band.radius + 1 for band in bands) > max_distance


def test_more_hashes_get_wider_bands() -> None:
    assert plan_bands(1_000_000, 1_000_000, 6)[0].width > plan_bands(1000, 1000, 6)[0].width


def test_flips_are_all_patterns_once() -> None:
    flips = Band(0, 7, 2).flips()
    assert len(flips) == len(set(flips)) == 1 + 7 + math.comb(7, 2)
    assert max(flip.bit_count() for flip in flips) == 2


def test_rearranging_moves_each_bit_and_keeps_distances() -> None:
    rng = keyed_generator("bands")
    hashes = rng.integers(0, 2**64, 50, dtype=np.uint64)
    places = rng.permutation(64)
    moved = rearrange(hashes, places)
    for bit in range(64):
        assert np.array_equal(moved >> np.uint64(places[bit]) & np.uint64(1), hashes >> np.uint64(bit) & np.uint64(1))
    assert np.array_equal(hamming(moved[:, None], moved), hamming(hashes[:, None], hashes))


def test_bits_that_say_the_same_are_parted() -> None:
    rng = keyed_generator("agreement")
    bits = rng.integers(0, 2, (2000, 64))
    bits[:, 1:4] = bits[:, :1]  # four bits with one meaning
    hashes = (bits.astype(np.uint64) << np.arange(64, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
    bands = [Band(16 * index, 16, 1) for index in range(4)]
    places = spread_bits(hashes, bands)
    assert sorted(places.tolist()) == list(range(64))
    assert sorted(places[:4] // 16) == [0, 1, 2, 3]


def test_skewed_bits_are_parted() -> None:
    rng = keyed_generator("skew")
    bits = rng.random((2000, 64)) < np.where(np.arange(64) < 8, 0.97, 0.5)
    hashes = (bits.astype(np.uint64) << np.arange(64, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
    places = spread_bits(hashes, [Band(16 * index, 16, 1) for index in range(4)])
    assert np.bincount(places[:8] // 16).tolist() == [2, 2, 2, 2]
