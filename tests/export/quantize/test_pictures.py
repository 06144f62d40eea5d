from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from data_tools.split.artifact import Sample
from export.quantize.pictures import choose


def samples_of(counts: dict[int, int]) -> list[Sample]:
    return [
        Sample(image_id=f"{label}/{index}", file=Path(f"{label}/{index}"), label=label, source="a", group="g")
        for label, count in counts.items()
        for index in range(count)
    ]


@pytest.mark.parametrize(
    ("counts", "limit", "wanted"),
    [
        ({0: 50, 1: 50, 2: 50}, 30, {0: 10, 1: 10, 2: 10}),
        ({0: 50, 1: 50, 2: 50}, 31, {0: 11, 1: 10, 2: 10}),
        ({0: 100, 1: 3, 2: 20}, 30, {0: 14, 1: 3, 2: 13}),
        ({0: 2, 2: 1}, 10, {0: 2, 2: 1}),
        ({0: 5, 1: 5}, 1, {0: 1}),
        ({}, 5, {}),
    ],
)
def test_takes_in_turn_from_each_class(counts: dict[int, int], limit: int, wanted: dict[int, int]):
    given = samples_of(counts)
    found = choose(given, limit)
    assert Counter(sample.label for sample in found) == wanted
    assert len({sample.image_id for sample in found}) == len(found)
    assert all(sample in given for sample in found)


def test_neither_the_order_nor_the_file_decides():
    given = samples_of({0: 30, 1: 30})
    found = choose(given, 10)
    shuffled = [given[i] for i in np.random.default_rng(0).permutation(len(given))]
    assert choose(shuffled, 10) == found
    moved = [sample._replace(file=Path("/elsewhere") / sample.file) for sample in given]
    assert [sample.image_id for sample in choose(moved, 10)] == [sample.image_id for sample in found]
    assert found != given[:10]  # not simply the first ones


def test_a_larger_limit_keeps_the_smaller_choice():
    given = samples_of({0: 30, 1: 30, 2: 30})
    assert choose(given, 40)[:15] == choose(given, 15)
