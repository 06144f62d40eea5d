"""Dealing groups: no group is divided, every part sees every class, shares are met."""

from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from data_tools.errors import InputError
from data_tools.split.deal import deal

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


@SETTINGS
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
