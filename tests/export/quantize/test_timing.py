import itertools

import numpy as np
import pytest

from data_tools.errors import CheckFailedError
from export.quantize import timing
from export.quantize.timing import median_latencies_ms
from tests.export.quantize.small_graph import pictures_of, small_graph


def test_medians_of_interleaved_rounds(monkeypatch: pytest.MonkeyPatch):
    """Graph 0 takes 1 ms in round 0, 2 ms in round 1, ...; graph 1 ten times as long."""
    order: list[int] = []

    def run_once(session: int, picture: object, clock_ns: object) -> int:
        order.append(session)
        return (10 if session else 1) * 1_000_000 * order.count(session)

    monkeypatch.setattr(timing, "create_session", lambda graph, *_: len(graph))
    monkeypatch.setattr(timing, "_run_once", run_once)
    seen: list[tuple[int, int]] = []
    found = median_latencies_ms(
        [b"", b"x"], np.zeros((1, 8, 8, 3), np.uint8), 3, progress=lambda done, total, what: seen.append((done, total))
    )
    assert found == [5, 50]  # rounds 4, 5 and 6 count, behind 3 for warming up
    assert all(sorted(order[start : start + 2]) == [0, 1] for start in range(0, 12, 2))
    assert order[::2] != [0] * 6  # the first is not always the same
    assert seen == [(number, 6) for number in range(1, 7)]


def test_real_graphs_by_a_clock_of_its_own():
    graph = small_graph().SerializeToString()
    ticks = itertools.count(0, 2_000_000)
    assert median_latencies_ms([graph, graph], pictures_of(1)[0], 2, clock_ns=lambda: next(ticks)) == [2, 2]
    with pytest.raises(CheckFailedError, match="graph 1"):
        median_latencies_ms([graph, graph[:50]], pictures_of(1)[0], 1)
