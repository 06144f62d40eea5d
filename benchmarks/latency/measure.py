"""Time actions in interleaved rounds, so that a drift of the machine reaches all of them alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from data_tools.progress import Progress, silent
from data_tools.randomness import keyed_generator

Mode = Literal["model_only", "end_to_end"]

_NS_PER_MS = 1_000_000


@dataclass(frozen=True)
class Probe:
    """Name an action that is timed as a whole."""

    variant: str
    mode: Mode
    action: Callable[[], object]


def round_order(round_index: int, count: int) -> list[int]:
    """Return the order of a round; shuffled, so that no probe always runs after the same other one.

    The order depends on the round's index alone.
    """
    return [int(position) for position in keyed_generator("latency order", round_index).permutation(count)]


def measure(
    probes: Sequence[Probe],
    warmup: int,
    rounds: int,
    *,
    clock_ns: Callable[[], int] = time.perf_counter_ns,
    progress: Progress = silent,
) -> list[tuple[float, ...]]:
    """Time every probe once a round.

    Args:
        probes: What to time.
        warmup: Rounds thrown away.
        rounds: Rounds kept.
        clock_ns: Monotonic clock, ns.
        progress: Receives the number of rounds done, outside the timed sections.

    Returns:
        The samples of each probe in ms, in the order measured.
    """
    samples: list[list[float]] = [[] for _ in probes]
    for round_index in range(warmup + rounds):
        for position in round_order(round_index, len(probes)):
            start_ns = clock_ns()
            probes[position].action()
            elapsed_ns = clock_ns() - start_ns
            if round_index >= warmup:
                samples[position].append(elapsed_ns / _NS_PER_MS)
        progress(round_index + 1, warmup + rounds, "measuring latency")
    return [tuple(values) for values in samples]
