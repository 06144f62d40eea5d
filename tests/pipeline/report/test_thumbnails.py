from pathlib import Path

from data_tools.split.artifact import Sample
from pipeline.report.thumbnails import choose


def samples(number):
    return [
        Sample(image_id=f"{index:02d}", file=Path("x"), label=index % 2, source="s", group="g")
        for index in range(number)
    ]


def test_choice_does_not_depend_on_the_order_of_the_samples():
    pool = samples(40)
    chosen = choose(pool, 1, 5)
    assert len(chosen) == 5
    assert {item.label for item in chosen} == {1}
    assert chosen == choose(reversed(pool), 1, 5)
    assert [item.image_id for item in chosen] == sorted(item.image_id for item in chosen)


def test_small_class_gives_all_it_has():
    assert len(choose(samples(5), 0, 24)) == 3
    assert choose([], 0, 6) == []
