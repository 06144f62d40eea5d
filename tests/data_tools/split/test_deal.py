"""Dealing groups: no group is divided, every part sees every class, shares are met."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from data_tools.errors import InputError
from data_tools.split import deal as module

SHARES = {"train": 0.64, "val": 0.10, "calibration": 0.06, "test": 0.20}
CLASSES = ("dry", "wet", "snow")
STOLEN = {"g0": [1, 2, 3], "g1": [1, 0, 4], "g5": [0, 1, 1], "g8": [2, 1, 1], "g10": [3, 4, 0], "g11": [0, 0, 2]}
"""Giving a part its first group of one class must not take another part's last group of another class."""
SETTINGS = settings(deadline=None, max_examples=100)
Sizes = st.lists(st.integers(1, 30), min_size=4, max_size=15)
Counts = st.lists(st.tuples(*[st.integers(0, 5)] * 3).filter(any), min_size=4, max_size=14)


def single_class(sizes: list[list[int]]) -> dict[str, list[int]]:
    """Return groups that hold one class each."""
    return {
        f"{CLASSES[label]}-{index}": [size if item == label else 0 for item in range(3)]
        for label, groups in enumerate(sizes)
        for index, size in enumerate(groups)
    }


def deal(
    counts: dict[str, list[int]],
    shares: dict[str, float],
    classes: tuple[str, ...],
    seed: int,
    tolerance: float = 1,
    held: np.ndarray | None = None,
) -> dict[str, str]:
    """Deal groups given by name, and return parts by name."""
    array = np.array(list(counts.values()), np.float64).reshape(len(counts), len(classes))
    homes = module.deal(array, list(counts), shares=shares, classes=classes, seed=seed, tolerance=tolerance, held=held)
    return {name: list(shares)[home] for name, home in zip(counts, homes.tolist(), strict=True)}


def complete(parts: dict[str, str], counts: dict[str, list[int]], names: dict[str, float]) -> bool:
    return all(
        any(parts[group] == part and values[label] for group, values in counts.items())
        for part in names
        for label in range(3)
    )


@SETTINGS
@given(st.tuples(Sizes, Sizes, Sizes), st.integers(0, 5))
def test_every_part_has_every_class_and_every_group_one_part(sizes: tuple[list[int], ...], seed: int):
    counts = single_class(list(sizes))
    parts = deal(counts, SHARES, CLASSES, seed)
    assert set(parts) == set(counts)
    assert set(parts.values()) == set(SHARES)
    assert complete(parts, counts, SHARES)


@SETTINGS
@given(Counts, st.integers(0, 3))
def test_groups_of_several_classes(values: list[tuple[int, ...]], seed: int):
    counts = {f"g{index}": list(item) for index, item in enumerate(values)}
    assume(all(sum(1 for item in values if item[label]) >= 4 for label in range(3)))
    try:
        parts = deal(counts, SHARES, CLASSES, seed)
    except InputError as error:
        message = str(error)
    else:
        assert complete(parts, counts, SHARES)
        return
    assert "\n" not in message
    assert any(f"class '{name}' cannot reach the part" in message for name in CLASSES)
    assert "no deal exists" in message


THREE = {"train": 0.6, "val": 0.15, "test": 0.25}


@SETTINGS
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(any), min_size=3, max_size=7),
    st.sampled_from([0.05, 0.1, 0.2, 0.4, 1]),
)
def test_refuses_just_what_no_deal_can_satisfy(values: list[tuple[int, int]], tolerance: float):
    counts = np.array(values, np.float64)
    total = counts.sum(axis=0)
    assume((total > 0).all() and ((counts > 0).sum(axis=0) >= 3).all())
    wanted = np.array(list(THREE.values()))[:, None]

    def fits(homes: tuple[int, ...]) -> bool:
        given_ = np.array([counts[np.array(homes) == part].sum(axis=0) for part in range(3)])
        return bool((given_ > 0).all() and (np.abs(given_ / total - wanted) <= tolerance + 1e-9).all())

    names = {f"g{index}": list(item) for index, item in enumerate(values)}
    try:
        parts = deal(names, THREE, ("a", "b"), 0, tolerance)
    except InputError as error:
        message = str(error)
    else:
        assert fits(tuple(list(THREE).index(part) for part in parts.values()))
        return
    assert "no deal exists" in message
    assert "class 'a'" in message or "class 'b'" in message
    assert not any(fits(homes) for homes in product(range(3), repeat=len(values)))


def test_drives_of_all_classes_can_be_dealt():
    counts = {f"drive{index}": [3 + index, 2, 1 + index % 3] for index in range(8)}
    parts = deal(counts, SHARES, CLASSES, 0)
    assert complete(parts, counts, SHARES)


def test_move_for_one_class_keeps_the_others():
    assert complete(deal(STOLEN, SHARES, CLASSES, 0), STOLEN, SHARES)


def test_impossible_mixture_is_an_error():
    pairs = {"a": [1, 0, 1], "b": [1, 1, 0], "c": [0, 1, 1]}
    counts = {f"{name}{index}": values for name, values in pairs.items() for index in range(2)}
    with pytest.raises(InputError, match=r"class '(dry|wet|snow)'.*part '(train|val|calibration|test)'"):
        deal(counts, SHARES, CLASSES, 0)


@settings(deadline=None, max_examples=40)
@given(st.tuples(Sizes, Sizes, Sizes), st.randoms())
def test_order_of_the_groups_does_not_matter(sizes: tuple[list[int], ...], random):
    counts = single_class(list(sizes))
    items = list(counts.items())
    random.shuffle(items)
    assert deal(dict(items), SHARES, CLASSES, 3) == deal(counts, SHARES, CLASSES, 3)


def test_seed_decides_between_equal_groups():
    counts = single_class([[2] * 20] * 3)
    results = [tuple(sorted(deal(counts, SHARES, CLASSES, seed).items())) for seed in range(5)]
    assert len(set(results)) == 5
    sizes = {tuple(sorted(Counter(part for _, part in result).items())) for result in results}
    assert len(sizes) == 1, "only which groups, not how many"


@SETTINGS
@given(
    st.integers(40, 200),
    st.lists(st.integers(5, 60), min_size=4, max_size=4),
    st.integers(0, 3),
)
def test_shares_of_equal_groups_are_within_one_group(groups: int, weights: list[int], seed: int):
    shares = {part: weight / sum(weights) for part, weight in zip(SHARES, weights, strict=True)}
    counts = single_class([[1] * groups] * 3)
    parts = deal(counts, shares, CLASSES, seed)
    for label in CLASSES:
        dealt = Counter(part for group, part in parts.items() if group.startswith(label))
        for part, share in shares.items():
            assert abs(dealt[part] - share * groups) <= 1, (label, part)


def test_one_huge_group_goes_to_the_largest_part():
    counts = single_class([[1000, 5, 5, 5, 5], [5] * 5, [5] * 5])
    assert deal(counts, SHARES, CLASSES, 0)["dry-0"] == "train"


@pytest.mark.parametrize("available", [0, 1, 3])
def test_too_few_groups_name_the_class(available: int):
    counts = single_class([[5] * 6, [5] * available, [5] * 6])
    with pytest.raises(InputError) as caught:
        deal(counts, SHARES, CLASSES, 0)
    expected = (
        f"class 'wet' has {available} group(s), but 4 are needed, one for each of train, val, calibration, test; "
    )
    assert str(caught.value).startswith(expected)


def test_as_many_groups_as_parts_are_enough():
    counts = single_class([[9] * 4] * 3)
    assert complete(deal(counts, SHARES, CLASSES, 0), counts, SHARES)


def test_a_share_out_of_tolerance_names_class_groups_shares_and_remedy():
    counts = single_class([[10] * 10, [100, 1, 1, 1, 1, 1], [10] * 10])
    with pytest.raises(InputError) as caught:
        deal(counts, SHARES, CLASSES, 0, 0.1)
    message = str(caught.value)
    assert message.startswith(
        "class 'wet' cannot be dealt within split.tolerance 0.1 (no deal exists): its 6 new group"
    )
    for text in ("'wet-0', with 0.952 of it", "(wanted 0.640)", "add drives", "raise split.tolerance to 0."):
        assert text in message
    assert "\n" not in message
    needed = float(message.rsplit(" ", 1)[1])
    assert complete(deal(counts, SHARES, CLASSES, 0, needed), counts, SHARES)


@settings(deadline=None, max_examples=40)
@given(st.tuples(*[st.lists(st.integers(1, 30), min_size=30, max_size=60)] * 3), st.integers(0, 5))
def test_shares_of_thirty_drives_are_within_two_points(sizes: tuple[list[int], ...], seed: int):
    counts = single_class(list(sizes))
    parts = deal(counts, SHARES, CLASSES, seed, 0.02)
    for label, total in enumerate(map(sum, sizes)):
        for part, share in SHARES.items():
            found = sum(values[label] for name, values in counts.items() if parts[name] == part)
            assert found / total == pytest.approx(share, abs=0.02 + 1e-6)


def test_new_groups_fill_up_what_the_parts_hold_already():
    held = np.array([[64.0] * 3, [10.0] * 3, [6.0] * 3, [0.0] * 3])
    counts = single_class([[5] * 4] * 3)
    assert set(deal(counts, SHARES, CLASSES, 0, 0.05, held).values()) == {"test"}
    full = held + np.array([[0.0] * 3] * 3 + [[20.0] * 3])
    assert deal({}, SHARES, CLASSES, 0, 0.05, full) == {}
    with pytest.raises(InputError, match=r"class 'dry' cannot be dealt .* 0 new group\(s\), give train 0\.500"):
        deal({}, SHARES, CLASSES, 0, 0.05, np.array([[50.0] * 3, [10.0] * 3, [20.0] * 3, [20.0] * 3]))
    with pytest.raises(InputError, match=r"class 'dry' has 0 group\(s\), but 1 are needed, one for each of test"):
        deal({}, SHARES, CLASSES, 0, 1, held)


def test_many_mixed_groups_with_a_rare_class():
    draw = np.random.default_rng(1)
    counts = {f"g{index}": draw.integers(0, 20, 3).tolist() for index in range(2000)}
    for name in list(counts)[12:]:
        counts[name][2] = 0
    parts = deal(counts, SHARES, CLASSES, 0, 0.06)
    assert complete(parts, counts, SHARES)


@pytest.mark.parametrize("groups", [10, 300])
def test_a_class_without_a_new_group_that_is_out_of_tolerance_is_an_error(groups: int):
    held = np.array([[0.0, 50.0], [0.0, 20.0], [0.0, 10.0], [0.0, 20.0]])
    counts = {f"g{index}": [10, 0] for index in range(groups)}
    with pytest.raises(InputError, match=r"class 'wet' cannot be dealt .* 0 new group\(s\), give train 0\.500"):
        deal(counts, SHARES, ("dry", "wet"), 0, 0.05, held)
