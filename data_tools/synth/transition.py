"""How far water and snow have come at each moment of a sequence."""

from itertools import pairwise
from typing import NamedTuple

from data_tools.synth.conditions import Condition
from data_tools.synth.sequence import Sequence

_MELT_WATER = 0.7
"""Water on the road, against a wet road's, while snow melts on a road that ends dry."""


class RoadState(NamedTuple):
    """Hold amounts, 0 to 1: water and snow on the road, rain and flakes in the air."""

    water: float
    snow: float
    rain: float
    flakes: float


_PURE: dict[Condition, RoadState] = {
    "dry": RoadState(0.0, 0.0, 0.0, 0.0),
    "wet": RoadState(1.0, 0.0, 1.0, 0.0),
    "snow": RoadState(0.0, 1.0, 0.0, 1.0),
}


def state_at(sequence: Sequence, transition_s: float, time_s: float) -> RoadState:
    """Return the state of the road at a time.

    Args:
        sequence: Conditions and their durations.
        transition_s: Seconds that two neighbours take to blend, half of them on each side of their border.
        time_s: Time since the start.
    """
    border_s = 0.0
    for (before, seconds), (after, _) in pairwise(sequence):
        border_s += seconds
        progress = (time_s - border_s) / transition_s + 0.5
        if before != after and 1e-6 < progress < 1.0 - 1e-6:
            return _between(before, after, progress)
        if time_s < border_s:
            return _PURE[before]
    return _PURE[sequence[-1][0]]


def _between(before: Condition, after: Condition, progress: float) -> RoadState:
    """Return the state part of the way from one condition to another.

    What falls comes before what lies, and stops before it goes. Snow settles on a wet
    road before the water is gone, and leaves melt water on a road that ends dry.
    """
    come = _smooth(progress)
    first, second = _smooth(min(1.0, 2.0 * progress)), _smooth(max(0.0, 2.0 * progress - 1.0))
    starts = first if before == "dry" else second
    water = {("wet", "snow"): 1.0 - second, ("snow", "wet"): first, ("dry", "wet"): come, ("wet", "dry"): 1.0 - come}
    melt = _MELT_WATER * 4.0 * come * (1.0 - come)
    return RoadState(
        water=water.get((before, after), melt if before == "snow" else 0.0),
        snow=come if after == "snow" else 1.0 - come if before == "snow" else 0.0,
        rain=starts if after == "wet" else 1.0 - first if before == "wet" else 0.0,
        flakes=starts if after == "snow" else 1.0 - first if before == "snow" else 0.0,
    )


def _smooth(share: float) -> float:
    """Ease in and out."""
    return share * share * (3.0 - 2.0 * share)
