"""Time graphs in ONNX Runtime on this machine's CPU, taking turns, so that its drift reaches all of them alike."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import onnxruntime

from data_tools.progress import Progress, silent
from data_tools.randomness import keyed_generator
from export.runtime.graph_contract import PROBABILITIES
from export.runtime.ort_session import create_session

_WARM_UP = 3
_NS_PER_MS = 1_000_000


def median_latencies_ms(
    graphs: Sequence[bytes],
    picture: npt.NDArray[np.uint8],
    rounds: int,
    *,
    clock_ns: Callable[[], int] = time.perf_counter_ns,
    progress: Progress = silent,
) -> list[float]:
    """Return the median latency of each graph on one picture with one thread, ms.

    Args:
        graphs: ONNX files; each is opened once, and runs once a round, in an order shuffled by the round's number.
        picture: (1, H, W, 3) uint8.
        rounds: At least 1; 3 more come first and do not count.
        clock_ns: Monotonic clock, ns.
        progress: Receives the number of rounds done, outside the timed sections.

    Raises:
        CheckFailedError: ONNX Runtime refuses a graph.
    """
    sessions = [create_session(graph, f"graph {index}", 1, "cpu") for index, graph in enumerate(graphs)]
    samples: list[list[float]] = [[] for _ in sessions]
    for number in range(_WARM_UP + rounds):
        for position in keyed_generator("recipe latency", number).permutation(len(sessions)).tolist():
            elapsed_ns = _run_once(sessions[position], picture, clock_ns)
            if number >= _WARM_UP:
                samples[position].append(elapsed_ns / _NS_PER_MS)
        progress(number + 1, _WARM_UP + rounds, "timing recipes")
    return [float(np.median(item)) for item in samples]


def _run_once(
    session: onnxruntime.InferenceSession, picture: npt.NDArray[np.uint8], clock_ns: Callable[[], int]
) -> int:
    """Run a session once and return the time it took, ns."""
    feed = {session.get_inputs()[0].name: picture}
    start_ns = clock_ns()
    session.run([PROBABILITIES], feed)
    return clock_ns() - start_ns
