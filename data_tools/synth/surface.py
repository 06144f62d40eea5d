"""Bare pavement: asphalt or concrete."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.arrays import FloatImage, FloatMap, Rgb, rgb_array, tinted
from data_tools.synth.camera import Ground
from data_tools.synth.noise import sample_tile
from data_tools.synth.ramps import smooth_step, stripe
from data_tools.synth.textures import Textures


@dataclass(frozen=True)
class Surface:
    """Hold how the bare pavement looks.

    Attributes:
        albedo: Mean reflectance.
        tint: Colour, mean about 1.
        grain: Contrast of the aggregate.
        mottle: Contrast of stains and patches.
        path_polish: Relative brightening (or darkening) of the wheel paths.
        joint_m: Distance of the transverse joints; 0 for none.
        crack: Strength of cracks.
        seam: Strength of the lengthwise construction seam.
        seam_side_m: Side of that seam.
    """

    albedo: float
    tint: Rgb
    grain: float
    mottle: float
    path_polish: float
    joint_m: float
    crack: float
    seam: float
    seam_side_m: float


def draw_surface(rng: np.random.Generator) -> Surface:
    """Draw fresh to bleached asphalt, or concrete."""
    concrete = bool(rng.random() < 0.35)
    albedo = rng.uniform(0.24, 0.5) if concrete else rng.uniform(0.07, 0.24)
    warm = rng.normal(0.05 if concrete else 0.0, 0.05)
    return Surface(
        albedo=float(albedo),
        tint=(1.0 + float(warm), 1.0, 1.0 - float(warm)),
        grain=float(rng.uniform(0.10, 0.2) if concrete else rng.uniform(0.16, 0.34)),
        mottle=float(rng.uniform(0.04, 0.12)),
        path_polish=float(rng.uniform(-0.18, 0.16)),
        joint_m=float(rng.uniform(4.0, 6.0)) if concrete else 0.0,
        crack=float(rng.uniform(0.0, 0.6)),
        seam=float(max(0.0, rng.uniform(-0.3, 0.5))),
        seam_side_m=float(rng.uniform(-2.5, 2.5)),
    )


def surface_albedo(surface: Surface, paths: FloatMap, ground: Ground, textures: Textures) -> FloatImage:
    """Return the albedo of the bare pavement.

    Args:
        surface: How the pavement looks.
        paths: Depth in the wheel paths, 0 to 1, shape of the ground.
        ground: Ground map.
        textures: Tiles of the drive.

    Returns:
        Albedo, shape (rows, W, 3).
    """
    side, along = ground.side_m, ground.along_m
    grain = sample_tile(textures.grain, side, along, (5.1, 5.1))
    mid = sample_tile(textures.fractal, side, along, (9.0, 23.0), (0.3, 0.1))
    level = 1.0 + surface.grain * grain * ground.contrast(0.013)
    level = level + surface.mottle * mid * ground.contrast(0.15)
    level = level + surface.path_polish * paths
    level = level * (1.0 - _cracks(surface, ground, mid, textures))
    level = np.maximum(level, 0.15) * surface.albedo
    return tinted(np.asarray(level, dtype=np.float32), rgb_array(surface.tint))


def _cracks(surface: Surface, ground: Ground, wobble: FloatMap, textures: Textures) -> FloatMap:
    """Return the darkening by cracks, seams and joints, 0 to about 0.6."""
    field = sample_tile(textures.fractal, ground.side_m, ground.along_m, (31.0, 47.0), (0.7, 0.5))
    crack = 1.0 - smooth_step(np.abs(field), 0.0, 0.025)
    dark = crack * surface.crack * ground.contrast(0.06)
    seam_m = np.asarray(ground.side_m - surface.seam_side_m + 0.03 * wobble, dtype=np.float32)
    dark = np.maximum(dark, surface.seam * stripe(seam_m, 0.025, ground.pixel_x_m))
    if surface.joint_m > 0.0:
        nearest_m = surface.joint_m * np.round(ground.along_m / surface.joint_m)
        phase_m = np.asarray(ground.along_m - nearest_m, dtype=np.float32)
        dark = np.maximum(dark, 0.55 * stripe(phase_m, 0.02, ground.pixel_z_m))
    return np.asarray(dark, dtype=np.float32)
