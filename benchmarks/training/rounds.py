"""Time several pieces of work in turns, so that a busy neighbour slows all of them alike."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch

Times = Mapping[str, list[float]]
"""Seconds of every round, by the name of the work."""


def take_turns(works: Mapping[str, Callable[[], None]], rounds: int, repeats: int = 1) -> Times:
    """Time every piece of work once a round; a round before the first warms up and is dropped.

    The order turns round from round to round, so that none always comes after the same other.

    Args:
        works: What to do, by name; on a GPU it has to wait for the device itself.
        rounds: How often.
        repeats: Calls that one time covers; the time of one is kept.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    names = list(works)
    for number in range(rounds + 1):
        for name in names if number % 2 else reversed(names):
            start = time.perf_counter()
            for _ in range(repeats):
                works[name]()
            if number:
                taken[name].append((time.perf_counter() - start) / repeats)
    return taken


def median_ratio(times: Times, above: str, below: str) -> float:
    """Return the median over the rounds of one time divided by another's of the same round."""
    return statistics.median(a / b for a, b in zip(times[above], times[below], strict=True))


def median_ms(times: Times, name: str) -> float:
    """Return the median of a piece of work's times, ms."""
    return 1000 * statistics.median(times[name])


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Give torch a number of CPU threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
