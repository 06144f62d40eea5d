import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.duplicates.hamming import hamming
from data_tools.duplicates.phash import MIRROR_MASK
from data_tools.duplicates.search import NearPairs, near_pairs
from data_tools.errors import CheckFailedError, InputError
from data_tools.randomness import keyed_generator

Found = dict[tuple[int, int], tuple[int, bool]]


def as_dict(pairs: NearPairs) -> Found:
    rows = zip(*(column.tolist() for column in pairs[:4]), strict=True)
    return {(first, second): (distance, mirrored) for first, second, distance, mirrored in rows}


def brute_force(hashes: list[int], max_distance: int, groups: list[int], crops: list[list[int]] | None = None) -> Found:
    """Follow the promise of `near_pairs` word by word."""
    heads: dict[int, list[int]] = {}
    for position, value in enumerate(hashes):
        heads.setdefault(value, []).append(position)
    found: Found = {}
    for members in heads.values():
        found.update({(members[0], later): (0, False) for later in members[1:] if groups[later] != groups[members[0]]})
    order = sorted(heads)
    for place, a in enumerate(order):
        for b in order[place + 1 :]:
            options = []
            for mine, other in ((a, b), (b, a)):
                for query in [mine, *(crops[heads[mine][0]] if crops else [])]:
                    options.append(((query ^ other).bit_count(), False))
                    options.append(((query ^ int(MIRROR_MASK) ^ other).bit_count(), True))
            best = min(options)
            if best[0] > max_distance:
                continue
            apart = [(i, j) for i in heads[a] for j in heads[b] if groups[i] != groups[j]]
            if apart:
                # The first position of a hash stands for it, unless that gives two of one group.
                rank = [(i != heads[a][0], j != heads[b][0], i, j) for i, j in apart]
                *_, i, j = min(rank)
                found[min(i, j), max(i, j)] = best
    return found


def array(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


base = st.integers(0, 2**64 - 1)
flips = st.lists(st.integers(0, 63), max_size=8).map(lambda places: sum(1 << place for place in set(places)))


@st.composite
def adversarial(draw: st.DrawFn) -> list[int]:
    """Draw hashes that crowd around few centres and their mirror images."""
    centres = draw(st.lists(base, min_size=1, max_size=3))
    mirror = st.sampled_from([0, int(MIRROR_MASK)])
    return [draw(st.sampled_from(centres)) ^ draw(flips) ^ draw(mirror) for _ in range(draw(st.integers(0, 24)))]


@settings(max_examples=60, deadline=None)
@given(adversarial(), st.integers(0, 10), st.data())
def test_equals_brute_force(hashes: list[int], max_distance: int, data: st.DataObject) -> None:
    groups = data.draw(st.lists(st.integers(0, 3), min_size=len(hashes), max_size=len(hashes)))
    found = near_pairs(array(hashes), max_distance, known_groups=np.array(groups, dtype=np.int64))
    assert as_dict(found) == brute_force(hashes, max_distance, groups)


@settings(max_examples=30, deadline=None)
@given(adversarial(), st.integers(0, 8), st.data())
def test_crops_equal_brute_force(hashes: list[int], max_distance: int, data: st.DataObject) -> None:
    crops = [[value ^ data.draw(flips) for _ in range(2)] for value in hashes]
    found = near_pairs(array(hashes), max_distance, crops=array(crops).reshape(-1, 2))
    assert as_dict(found) == brute_force(hashes, max_distance, list(range(len(hashes))), crops)


@pytest.mark.parametrize("max_distance", [0, 3, 7, 12, 16])
def test_large_buckets_equal_brute_force(max_distance: int) -> None:
    # 300 hashes that differ in 10 bits only: buckets beyond the size from which a query's own group is cut out.
    rng = keyed_generator("buckets")
    hashes = rng.integers(0, 2**10, 300, dtype=np.uint64) << np.uint64(27)
    groups = rng.integers(0, 4, 300)
    found = near_pairs(hashes, max_distance, known_groups=groups)
    assert as_dict(found) == brute_force(hashes.tolist(), max_distance, groups.tolist())


def test_equal_hashes_are_chained_to_the_first() -> None:
    found = near_pairs(np.full(5000, 7, dtype=np.uint64), 8)
    assert as_dict(found) == {(0, later): (0, False) for later in range(1, 5000)}
    assert found.comparisons == 0


def test_one_group_has_no_pairs() -> None:
    hashes = array([1, 1, 3, 3, 7])
    assert as_dict(near_pairs(hashes, 8, known_groups=np.zeros(5, dtype=np.int64))) == {}


def test_a_pair_between_groups_is_named_though_the_first_positions_share_one() -> None:
    found = near_pairs(array([1, 3, 3]), 1, known_groups=np.array([5, 5, 9]))
    assert as_dict(found) == {(0, 2): (1, False), (1, 2): (0, False)}


def test_a_mirror_image_is_found_and_the_direct_match_wins_a_tie() -> None:
    mask = int(MIRROR_MASK)
    assert as_dict(near_pairs(array([5, 5 ^ mask ^ 1]), 2)) == {(0, 1): (1, True)}
    half = sum(1 << place for place in [place for place in range(64) if mask >> place & 1][: mask.bit_count() // 2])
    assert mask.bit_count() % 2 == 0
    assert as_dict(near_pairs(array([0, half]), 16)) == {(0, 1): (half.bit_count(), False)}


def test_growth_is_below_quadratic() -> None:
    rng = keyed_generator("growth")
    hashes = rng.integers(0, 2**64, 64_000, dtype=np.uint64)
    counts = [near_pairs(hashes[:size], 6).comparisons for size in (2000, 4000, 8000, 16_000, 32_000, 64_000)]
    assert counts[-1] < counts[0] * 32**1.5
    assert counts[-1] < 64_000**2 / 2 / 100


def test_a_long_drive_is_not_compared_with_itself() -> None:
    rng = keyed_generator("drive")
    frames = rng.integers(0, 2**12, 20_000, dtype=np.uint64) << np.uint64(40)
    others = rng.integers(0, 2**64, 1000, dtype=np.uint64)
    groups = np.concatenate([np.zeros(20_000, dtype=np.int64), np.arange(1, 1001)])
    found = near_pairs(np.concatenate([frames, others]), 6, known_groups=groups)
    distinct = len(np.unique(frames))
    assert found.comparisons < distinct**2 / 4


def test_the_bound_stops_the_search() -> None:
    hashes = np.arange(4096, dtype=np.uint64)
    with pytest.raises(CheckFailedError, match="at most 100,000 comparisons"):
        near_pairs(hashes, 4, max_comparisons=100_000)


@pytest.mark.parametrize(
    ("hashes", "options", "message"),
    [
        (np.zeros(3, np.int64), {}, "uint64"),
        (np.zeros((3, 1), np.uint64), {}, "shape"),
        (np.zeros(3, np.uint64), {"max_distance": 17}, "0 to 16 bits, got 17"),
        (np.zeros(3, np.uint64), {"max_distance": -1}, "got -1"),
        (np.zeros(3, np.uint64), {"known_groups": np.zeros(2, np.int64)}, "known_groups"),
        (np.zeros(3, np.uint64), {"crops": np.zeros((2, 4), np.uint64)}, "crops"),
    ],
)
def test_wrong_arguments_are_refused(hashes: np.ndarray, options: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        near_pairs(hashes, **{"max_distance": 4, **options})


@pytest.mark.parametrize("size", [0, 1])
def test_nothing_to_pair(size: int) -> None:
    assert as_dict(near_pairs(np.zeros(size, dtype=np.uint64), 4)) == {}


@pytest.mark.slow
def test_a_million_hashes() -> None:
    rng = keyed_generator("million")
    hashes = rng.integers(0, 2**64, 1_000_000, dtype=np.uint64)
    sources = rng.permutation(500_000)[:1000]
    for order, source in enumerate(sources.tolist()):
        noise = sum(1 << int(place) for place in rng.choice(64, order % 9, replace=False))
        hashes[500_000 + order] = hashes[source] ^ np.uint64(noise) ^ (MIRROR_MASK if order % 2 else np.uint64(0))
    found = near_pairs(hashes, 8)
    rows = as_dict(found)
    for order, source in enumerate(sources.tolist()):
        assert rows[source, 500_000 + order] == (order % 9, bool(order % 2))
    assert found.comparisons < 2e9  # of 1e12 with mirror images
    second = np.where(found.mirrored, hashes[found.second] ^ MIRROR_MASK, hashes[found.second])
    assert np.array_equal(hamming(hashes[found.first], second), found.distance)
