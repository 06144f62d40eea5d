from itertools import pairwise

from data_tools.randomness import keyed_generator
from pipeline.label_errors.groups import join_groups


def naive(groups: list[str], pairs: list[tuple[str, str]]) -> list[str]:
    """Pass the smallest name along the pairs until nothing changes."""
    smallest = {name: name for name in [*groups, *(name for pair in pairs for name in pair)]}
    changed = True
    while changed:
        changed = False
        for first, second in pairs:
            low = min(smallest[first], smallest[second])
            changed |= (smallest[first], smallest[second]) != (low, low)
            smallest[first] = smallest[second] = low
    return [smallest[name] for name in groups]


def test_equals_the_naive_way() -> None:
    draw = keyed_generator("groups")
    for size in (1, 5, 20):
        for _ in range(20):
            groups = [f"g{index:02}" for index in draw.integers(0, size, 30)]
            pairs = [(f"g{a:02}", f"g{b:02}") for a, b in draw.integers(0, size, (size // 2, 2))]
            assert join_groups(groups, pairs) == naive(groups, pairs)


def test_without_pairs_and_with_strangers_nothing_changes() -> None:
    assert join_groups(["b", "a", "b"], []) == ["b", "a", "b"]
    assert join_groups(["b", "a"], [("x", "y"), ("a", "a")]) == ["b", "a"]


def test_a_chain_is_one_group() -> None:
    names = [f"{index:04}" for index in range(3000)]
    pairs = list(pairwise(names))
    assert set(join_groups(names, pairs[::-1])) == {"0000"}
