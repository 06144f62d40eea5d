"""Tell drives apart by the pauses between pictures."""

from collections.abc import Iterable


def session_starts(times_s: Iterable[float], gap_s: float) -> dict[float, float]:
    """Map each capture time to the start of its session: a run of times with no pause longer than `gap_s`.

    A fixed clock grid (hours) would part pictures taken a second apart; a pause never does.

    Examples:
        >>> session_starts([0.0, 5.0, 100.0], 10.0)
        {0.0: 0.0, 5.0: 0.0, 100.0: 100.0}
    """
    starts: dict[float, float] = {}
    start = before = None
    for time_s in sorted(set(times_s)):
        if start is None or before is None or time_s - before > gap_s:
            start = time_s
        starts[time_s] = start
        before = time_s
    return starts
