"""Own dipped headlights in the dark."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_tools.synth.arrays import FloatImage, Rgb, rgb_array, tinted
from data_tools.synth.camera import Ground

_LAMP_HALF_TRACK_M = 0.65
_FOG_GLOW = 0.6
"""Radiance of fully thick fog lit by the own lamps, relative to the beam."""


@dataclass(frozen=True)
class Lamps:
    """Hold the own headlights, in the units of the daylight.

    Attributes:
        beam: Light on the road where it is brightest, some 10 m ahead (irradiance over pi).
        colour: Colour of the beam, mean about 1.
        reach_m: Distance over which the far part of the beam falls to 37 %.
    """

    beam: float
    colour: Rgb
    reach_m: float


def draw_lamps(rng: np.random.Generator) -> Lamps:
    """Draw halogen to LED headlights."""
    cool = float(rng.uniform(0.0, 1.0))
    return Lamps(
        beam=float(rng.uniform(0.25, 0.5)),
        colour=(1.12 - 0.14 * cool, 1.0, 0.76 + 0.30 * cool),
        reach_m=float(rng.uniform(16.0, 30.0)),
    )


def mean_beam(lamps: Lamps) -> float:
    """Return the light of the beam that a camera meters, averaged over the ground in view."""
    return 0.25 * lamps.beam


def beam_on_ground(lamps: Lamps, ground: Ground) -> FloatImage:
    """Return the light of the two headlights on the ground (irradiance over pi), shape (rows, W, 3).

    A dipped beam leaves the ground in front of the bumper dark, is brightest some 10 m
    ahead, reaches farther along the nearside and fades sideways softly.
    """
    ahead = ground.depth_m
    near = np.square(ahead * (1.0 / 7.0))
    pool = near * np.exp(1.0 - near) * 0.55 + (1.0 - np.exp(-near)) * np.exp(-ahead * (1.0 / lamps.reach_m))
    width = 1.3 + 0.20 * ahead
    left = (ground.right_m + _LAMP_HALF_TRACK_M) / (width * np.where(ground.right_m > 0.0, 1.45, 1.0))
    right = (ground.right_m - _LAMP_HALF_TRACK_M) / (width * np.where(ground.right_m > 0.0, 1.45, 1.0))
    sides = 0.5 / (1.0 + left**4) + 0.5 / (1.0 + right**4)
    level = np.asarray(pool * sides * lamps.beam, dtype=np.float32)
    return tinted(level, rgb_array(lamps.colour))


def beam_on_upright(lamps: Lamps, ahead_m: float, right_m: float) -> NDArray[np.float32]:
    """Return the light on something that stands up from the ground (irradiance over pi), shape (3,).

    Only stray light reaches above the beam's cut-off, so the mean over its height is small.
    """
    spread = right_m / (2.0 + 0.25 * ahead_m)
    level = 0.7 * lamps.beam / (1.0 + spread**4) * min(1.0, 12.0 / ahead_m) ** 1.5
    return np.asarray(rgb_array(lamps.colour) * level, dtype=np.float32)


def backscatter(lamps: Lamps) -> NDArray[np.float32]:
    """Return the radiance of lit air in front of the car, shape (3,)."""
    return np.asarray(rgb_array(lamps.colour) * (_FOG_GLOW * 0.25 * lamps.beam), dtype=np.float32)
