from itertools import count, pairwise

import pytest

from benchmarks.latency.measure import Probe, measure, round_order


class Recorder:
    """Move a clock by a fixed time an action, and note the order of the actions."""

    def __init__(self, cost_ns: dict[str, int]) -> None:
        self.now_ns = 0
        self.calls: list[str] = []
        self.probes = [
            Probe(name, "model_only", lambda name=name, cost=cost: self.act(name, cost))
            for name, cost in cost_ns.items()
        ]

    def act(self, name: str, cost_ns: int) -> None:
        self.calls.append(name)
        self.now_ns += cost_ns

    def clock_ns(self) -> int:
        return self.now_ns


def test_samples_are_the_actions_own_times_in_ms():
    recorder = Recorder({"a": 1_500_000, "b": 250})
    samples = measure(recorder.probes, warmup=2, rounds=4, clock_ns=recorder.clock_ns)
    assert samples == [(1.5,) * 4, (0.00025,) * 4]
    assert len(recorder.calls) == (2 + 4) * 2


def test_samples_keep_the_order_measured_and_leave_the_warmup_out():
    ticks = count()
    now = [0]

    def act() -> None:
        now[0] += next(ticks) * 1_000_000

    assert measure([Probe("a", "model_only", act)], 3, 4, clock_ns=lambda: now[0]) == [(3.0, 4.0, 5.0, 6.0)]


def test_every_round_holds_every_probe_once():
    recorder = Recorder(dict.fromkeys("abcdef", 1))
    measure(recorder.probes, warmup=1, rounds=20, clock_ns=recorder.clock_ns)
    rounds = [recorder.calls[start : start + 6] for start in range(0, len(recorder.calls), 6)]
    assert len(rounds) == 21
    assert all(sorted(names) == list("abcdef") for names in rounds)


def test_order_changes_between_rounds_and_is_the_same_every_time():
    orders = [tuple(round_order(index, 6)) for index in range(50)]
    assert len(set(orders)) > 40
    assert orders == [tuple(round_order(index, 6)) for index in range(50)]


def test_no_probe_follows_the_same_one_every_time():
    followers: dict[int, set[int]] = {}
    for index in range(50):
        for before, after in pairwise(round_order(index, 4)):
            followers.setdefault(after, set()).add(before)
    assert all(len(found) == 3 for found in followers.values())


def test_progress_stays_outside_the_timed_sections():
    recorder = Recorder({"a": 10})

    def slow_progress(done: int, total: int, what: str) -> None:
        recorder.now_ns += 999
        recorder.calls.append(f"{done}/{total}")

    samples = measure(recorder.probes, 1, 2, clock_ns=recorder.clock_ns, progress=slow_progress)
    assert samples == [(pytest.approx(1e-5),) * 2]
    assert recorder.calls[1::2] == ["1/3", "2/3", "3/3"]
