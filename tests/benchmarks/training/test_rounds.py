from collections.abc import Callable

import pytest
import torch

from benchmarks.training import rounds
from benchmarks.training.rounds import median_ms, median_ratio, take_turns, torch_threads


def test_every_work_is_done_once_a_round_and_in_turns():
    calls: list[str] = []
    times = take_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3, repeats=2)
    assert "".join(calls) == "bbaa" + "aabb" + "bbaa" + "aabb"
    assert [len(times[name]) for name in "ab"] == [3, 3]


def test_one_call_is_what_a_time_says(monkeypatch: pytest.MonkeyPatch):
    now = [0.0]
    monkeypatch.setattr(rounds.time, "perf_counter", lambda: now[0])

    def takes(seconds: float) -> Callable[[], None]:
        return lambda: now.__setitem__(0, now[0] + seconds)

    times = take_turns({"long": takes(0.02), "short": takes(0.005)}, rounds=3, repeats=2)
    assert median_ms(times, "long") == pytest.approx(20)
    assert median_ratio(times, "long", "short") == pytest.approx(4)


def test_a_ratio_is_the_median_over_the_rounds():
    assert median_ratio({"a": [1.0, 4.0, 9.0], "b": [1.0, 2.0, 3.0]}, "a", "b") == 2


def test_the_threads_are_given_back():
    before = torch.get_num_threads()
    with torch_threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
