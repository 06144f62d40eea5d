from pathlib import Path

from data_tools.split.artifact import Sample
from pipeline.training.preview import choose

SAMPLES = [Sample(f"{label}/{index}.png", Path("x"), label, "s", "g") for label in (0, 2, 5) for index in range(9)]


def test_the_classes_come_in_turns() -> None:
    chosen = choose(SAMPLES, 7, 0)
    assert [sample.label for sample in chosen] == [0, 2, 5, 0, 2, 5, 0]
    assert len(set(chosen)) == 7


def test_the_seed_chooses() -> None:
    assert choose(SAMPLES, 6, 0) == choose(SAMPLES, 6, 0)
    assert choose(SAMPLES, 6, 0) != choose(SAMPLES, 6, 1)
    assert choose(SAMPLES, 6, 0)[:3] == choose(SAMPLES, 3, 0)


def test_there_may_be_fewer() -> None:
    assert sorted(choose(SAMPLES[:4], 9, 0)) == SAMPLES[:4]
    assert choose([], 3, 0) == []


def test_a_rare_class_is_shown_while_it_lasts() -> None:
    chosen = choose([*SAMPLES[:5], SAMPLES[9]], 5, 0)
    assert [sample.label for sample in chosen] == [0, 2, 0, 0, 0]
