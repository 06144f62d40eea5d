"""Roads that bend to and fro."""

from dataclasses import dataclass
from typing import overload

import numpy as np

from data_tools.synth.arrays import FloatMap


@dataclass(frozen=True)
class Winding:
    """Hold a curvature that swings along the road: amplitude * sin(2 pi along / wave + phase).

    Attributes:
        amplitude_per_m: Strongest curvature, positive to the right; its inverse is the tightest radius.
        wave_m: Length of one swing to the right and back.
        phase_rad: Where in the swing position 0 lies.
    """

    amplitude_per_m: float
    wave_m: float
    phase_rad: float

    @property
    def largest_heading_rad(self) -> float:
        """Largest angle between the road and its mean direction."""
        return abs(self.amplitude_per_m) * self.wave_m / (2 * np.pi)


def draw_winding(rng: np.random.Generator, near_m: float) -> Winding:
    """Draw a winding road whose tightest radii are 45 to 110 m.

    Args:
        rng: Source of randomness.
        near_m: Position along the road near which it bends strongly, so that short drives see a curve.
    """
    radius_m, side = rng.uniform(45.0, 110.0), rng.choice([-1.0, 1.0])
    wave_m = float(rng.uniform(120.0, 200.0))
    peak_rad = float(rng.uniform(-0.8, 0.8)) + np.pi / 2
    return Winding(
        amplitude_per_m=float(side / radius_m),
        wave_m=wave_m,
        phase_rad=float((peak_rad - 2 * np.pi / wave_m * near_m) % (2 * np.pi)),
    )


def heading_rad(winding: Winding, along_m: float) -> float:
    """Return the road's direction against its mean direction, the integral of the curvature."""
    swing = 2 * np.pi / winding.wave_m
    return float(-winding.amplitude_per_m / swing * np.cos(swing * along_m + winding.phase_rad))


@overload
def bend_m(winding: Winding, along_m: float, ahead_m: float) -> float: ...
@overload
def bend_m(winding: Winding, along_m: float, ahead_m: FloatMap) -> FloatMap: ...
def bend_m(winding: Winding, along_m: float, ahead_m: float | FloatMap) -> float | FloatMap:
    """Return how far the road has bent to the right at a distance ahead.

    The double integral of the curvature from the camera on, for small angles.

    Args:
        winding: How the road bends.
        along_m: Position of the camera.
        ahead_m: Distance ahead of it.
    """
    swing = 2 * np.pi / winding.wave_m
    here = swing * along_m + winding.phase_rad
    scale = winding.amplitude_per_m / swing
    straight = ahead_m * float(scale * np.cos(here))
    waves = (np.sin(ahead_m * float(swing) + float(here)) - float(np.sin(here))) * float(scale / swing)
    bend = straight - waves
    return float(bend) if isinstance(ahead_m, float) else np.asarray(bend, dtype=np.float32)
