"""Ground beside the pavement."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.arrays import FloatImage, Rgb, ramp, rgb_array, scaled
from data_tools.synth.camera import Ground
from data_tools.synth.noise import sample_tile
from data_tools.synth.ramps import smooth_step
from data_tools.synth.textures import Textures

_KINDS: dict[str, tuple[Rgb, Rgb, float]] = {
    "meadow": ((0.07, 0.12, 0.03), (0.14, 0.17, 0.06), 0.30),
    "straw": ((0.32, 0.26, 0.13), (0.20, 0.18, 0.08), 0.28),
    "gravel": ((0.30, 0.29, 0.27), (0.20, 0.19, 0.18), 0.30),
    "sand": ((0.52, 0.45, 0.34), (0.40, 0.34, 0.24), 0.14),
    "soil": ((0.13, 0.09, 0.06), (0.18, 0.14, 0.09), 0.30),
    "chalk": ((0.60, 0.58, 0.54), (0.45, 0.43, 0.38), 0.15),
    "paving": ((0.28, 0.28, 0.28), (0.22, 0.22, 0.23), 0.10),
}


@dataclass(frozen=True)
class Verge:
    """Hold the ground beside the road.

    Attributes:
        first: Albedo of the main cover.
        second: Albedo of the patches in it.
        grain: Contrast of its texture.
        patch: Share of the second cover, 0 to 1.
    """

    first: Rgb
    second: Rgb
    grain: float
    patch: float


def draw_verge(rng: np.random.Generator) -> Verge:
    """Draw grass, gravel, sand, soil, chalk or paving of some shade."""
    names = sorted(_KINDS)
    first, second, grain = _KINDS[names[int(rng.integers(len(names)))]]
    shade = float(np.exp(rng.normal(0.0, 0.25)))
    return Verge(
        first=_scaled(first, shade),
        second=_scaled(second, shade),
        grain=grain * float(rng.uniform(0.7, 1.4)),
        patch=float(rng.uniform(0.2, 0.7)),
    )


def verge_albedo(verge: Verge, ground: Ground, textures: Textures) -> FloatImage:
    """Return the albedo of the verge, shape (rows, W, 3)."""
    side, along = ground.side_m, ground.along_m
    fine = sample_tile(textures.grain, side, along, (12.0, 14.0), (0.4, 0.9))
    mid = sample_tile(textures.fractal, side, along, (17.0, 21.0), (0.6, 0.2))
    patch = smooth_step(mid * ground.contrast(0.5), 0.6 - 1.6 * verge.patch, 1.4 - 1.6 * verge.patch)
    albedo = ramp(rgb_array(verge.first), rgb_array(verge.second), patch)
    level = 1.0 + verge.grain * (fine * ground.contrast(0.03) + 0.5 * mid * ground.contrast(0.2))
    return scaled(albedo, np.asarray(np.maximum(level, 0.2), dtype=np.float32))


def _scaled(colour: Rgb, factor: float) -> Rgb:
    """Scale an albedo, kept under that of fresh snow."""
    return (
        min(0.75, colour[0] * factor),
        min(0.75, colour[1] * factor),
        min(0.75, colour[2] * factor),
    )
