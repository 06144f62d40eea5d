"""Connected components against a naive search."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.split.components import components

Edges = st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=25)


def naive(count: int, edges: list[tuple[int, int]]) -> list[int]:
    """Return the least node that each node can walk to."""
    root = list(range(count))
    for _ in range(count):
        for left, right in edges:
            root[left] = root[right] = min(root[left], root[right])
    return root


@settings(deadline=None, max_examples=100)
@given(Edges)
def test_equals_a_naive_search(edges: list[tuple[int, int]]):
    ends = np.array(edges, np.int64).reshape(-1, 2)
    assert components(20, ends[:, 0], ends[:, 1]).tolist() == naive(20, edges)


@pytest.mark.parametrize("order", ["rising", "falling", "shuffled"])
def test_a_long_chain_is_one_component(order: str):
    count = 200_000
    chain = np.arange(count)
    if order == "falling":
        chain = chain[::-1].copy()
    if order == "shuffled":
        chain = np.random.default_rng(0).permutation(count)
    assert not components(count, chain[:-1], chain[1:]).any()
