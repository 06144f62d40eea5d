"""Texture tiles that one drive samples everywhere."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.arrays import FloatMap
from data_tools.synth.noise import relief_tile, spectral_tile


@dataclass(frozen=True)
class Textures:
    """Hold the seamless tiles of a drive, unit deviation each.

    Attributes:
        grain: Near-white speckle.
        fractal: Cloud-like noise with detail on every scale.
        relief: Slope of `fractal` towards the light.
    """

    grain: FloatMap
    fractal: FloatMap
    relief: FloatMap


def draw_textures(rng: np.random.Generator) -> Textures:
    """Draw the tiles of one drive."""
    grain = spectral_tile(rng, slope=0.35, lowest_cycles=12.0)
    fractal = spectral_tile(rng, slope=1.45, lowest_cycles=1.5)
    return Textures(grain=grain, fractal=fractal, relief=relief_tile(fractal))
