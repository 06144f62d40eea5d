import random
from collections import Counter

from data_tools.card.sampling import Sample


def names(path: str) -> tuple[str, str]:
    source, drive, _ = path.split("/")
    return source, f"{source}/{drive}"


def draw(paths: list[str], size: int) -> tuple[str, ...]:
    sample = Sample("dry", size)
    for path in paths:
        sample.offer(*names(path), path)
    return sample.draw()


def paths_of(sources: int, drives: int, frames: int) -> list[str]:
    return [f"s{a}/d{b}/{c}" for a in range(sources) for b in range(drives) for c in range(frames)]


def test_draw_does_not_depend_on_the_order():
    paths = paths_of(9, 7, 5)
    mixed = random.Random(5).sample(paths, len(paths))
    assert draw(paths, 6) == draw(mixed, 6)
    assert len(set(draw(paths, 6))) == 6


def test_sources_and_drives_take_turns():
    drawn = draw(paths_of(3, 20, 4), 12)
    assert Counter(names(path)[0] for path in drawn) == {"s0": 4, "s1": 4, "s2": 4}
    assert len({names(path)[1] for path in drawn}) == 12


def test_a_small_source_leaves_its_turns_to_others():
    drawn = draw([*paths_of(1, 2, 30), "tiny/d0/0"], 10)
    assert len(drawn) == 10
    assert Counter(names(path)[1] for path in drawn) == {"s0/d0": 5, "s0/d1": 4, "tiny/d0": 1}


def test_more_sources_than_tiles_give_one_tile_each():
    drawn = draw(paths_of(40, 3, 3), 8)
    assert len({names(path)[0] for path in drawn}) == 8


def test_few_pictures_are_all_drawn():
    paths = paths_of(2, 1, 2)
    assert sorted(draw(paths, 15)) == paths


def test_memory_does_not_grow_with_the_stream():
    sample = Sample("dry", 4)
    for path in paths_of(30, 30, 8):
        sample.offer(*names(path), path)
    kept = [len(paths.names()) for drives in sample._sources.values() for paths in drives.values()]
    assert (len(kept), max(kept)) == (16, 4)
