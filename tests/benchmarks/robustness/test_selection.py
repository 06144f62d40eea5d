from collections import Counter
from pathlib import Path

from benchmarks.robustness.selection import select_samples
from data_tools.split.artifact import Sample


def sample(label: int, index: int) -> Sample:
    name = f"{label}/{index}.png"
    return Sample(image_id=name, file=Path(name), label=label, source="a", group=name)


SAMPLES = [sample(label, index) for label, count in enumerate((50, 5, 20)) for index in range(count)]


def test_none_and_a_large_limit_take_all():
    assert select_samples(SAMPLES, None) == select_samples(SAMPLES, 75) == select_samples(SAMPLES, 99) == tuple(SAMPLES)


def test_classes_are_taken_in_turn_until_one_runs_out():
    assert Counter(item.label for item in select_samples(SAMPLES, 9)) == {0: 3, 1: 3, 2: 3}
    assert Counter(item.label for item in select_samples(SAMPLES, 25)) == {0: 10, 1: 5, 2: 10}


def test_the_choice_does_not_depend_on_the_order_and_grows_with_the_limit():
    some = set(select_samples(SAMPLES, 20))
    assert set(select_samples(SAMPLES[::-1], 20)) == some
    assert some < set(select_samples(SAMPLES, 30))
    assert list(select_samples(SAMPLES, 20)) == [item for item in SAMPLES if item in some]
