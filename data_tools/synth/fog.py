"""Fog: air that swallows what is far and shows its own light instead."""

from dataclasses import dataclass, replace

import numpy as np

from data_tools.synth.arrays import Rgb
from data_tools.synth.daylight import Daylight
from data_tools.synth.roadside import Roadside
from data_tools.synth.skyline import Skyline


@dataclass(frozen=True)
class Fog:
    """Hold how thick the air is.

    Attributes:
        visibility_m: Distance at which 2 % of the contrast is left.
    """

    visibility_m: float

    @property
    def extinction_per_m(self) -> float:
        """Extinction, 3.912 over the visibility (Koschmieder 1924)."""
        return 3.912 / self.visibility_m


def draw_fog(rng: np.random.Generator) -> Fog:
    """Draw fog with a visibility of 35 to 200 m, thick fog as often as thin."""
    return Fog(visibility_m=float(np.exp(rng.uniform(np.log(35.0), np.log(200.0)))))


def fog_in_sky(fog: Fog, daylight: Daylight) -> Daylight:
    """Return the light under fog: no sun, no clouds, a sky of one colour, nearly all light from above."""
    level = (sum(daylight.horizon) + sum(daylight.zenith)) / 6.0
    total = tuple(0.75 * (a + s) for a, s in zip(daylight.ambient, daylight.sun, strict=True))
    low: Rgb = (0.97 * level, level, 1.02 * level)
    high = 1.0 + 0.15 * min(1.0, fog.visibility_m / 200.0)
    return replace(
        daylight,
        horizon=low,
        zenith=(low[0] * high, low[1] * high, low[2] * high),
        cloud=low,
        cloud_cover=-0.5,
        ambient=(total[0], total[1], total[2]),
        sun=(0.0, 0.0, 0.0),
        glow=0.1 * daylight.glow,
        shade=0.0,
    )


def fog_over_things(fog: Fog, roadside: Roadside) -> Roadside:
    """Return the roadside in fog."""
    return replace(roadside, haze_m=1.0 / fog.extinction_per_m)


def fog_over_skyline(fog: Fog, skyline: Skyline) -> Skyline:
    """Return the far scenery in fog: what stands 250 m away or farther."""
    left = float(np.exp(-250.0 * fog.extinction_per_m))
    return replace(skyline, haze=1.0 - left * (1.0 - skyline.haze))
