"""Water on the pavement: film, puddles, mirror image of the scenery."""

from dataclasses import dataclass

import cv2
import numpy as np

from data_tools.synth.arrays import FloatImage, FloatMap, mix, scaled
from data_tools.synth.camera import Ground
from data_tools.synth.noise import sample_tile
from data_tools.synth.ramps import smooth_step
from data_tools.synth.textures import Textures

_WATER_F0 = 0.05
"""Reflectance of water seen straight down."""


@dataclass(frozen=True)
class Wetness:
    """Hold how wet the road of a drive is.

    Attributes:
        film: Share of the pavement under a water film, 0 to 1.
        darkening: Albedo of wet pavement relative to dry.
        gloss: Share of the mirror reflection that the film gives back.
        puddle: Share of the pavement under puddles, 0 to 1.
        path_water: Extra water in the wheel paths; negative where tyres dry them.
        blur_rel: Vertical blur of the film's reflection in picture heights.
        ripple_px: Sideways waviness of the puddles' reflection at 500 px width.
        spray: Brightness of the spray haze over the road, 0 to 1.
        rain: Number of rain streaks at 400x500.
    """

    film: float
    darkening: float
    gloss: float
    puddle: float
    path_water: float
    blur_rel: float
    ripple_px: float
    spray: float
    rain: int


def draw_wetness(rng: np.random.Generator) -> Wetness:
    """Draw a road from damp with puddles to streaming wet."""
    film = float(rng.uniform(0.55, 1.0))
    raining = bool(rng.random() < 0.4)
    return Wetness(
        film=film,
        darkening=float(rng.uniform(0.42, 0.7)),
        gloss=float(rng.uniform(0.7, 1.0)),
        puddle=float(rng.uniform(0.10, 0.38)),
        path_water=float(rng.uniform(-0.7, 1.2)),
        blur_rel=float(rng.uniform(0.02, 0.06)),
        ripple_px=float(rng.uniform(0.5, 3.5)),
        spray=float(rng.uniform(0.0, 0.5)),
        rain=int(rng.integers(60, 260)) if raining else 0,
    )


@dataclass(frozen=True)
class Water:
    """Hold where water lies; every map is shaped like the ground.

    Attributes:
        film: Share of the pixel under a film.
        puddle: Share of the pixel under a puddle.
        waves: Unit noise of the water's surface.
    """

    film: FloatMap
    puddle: FloatMap
    waves: FloatMap


def lay_water(wetness: Wetness, paths: FloatMap, ground: Ground, textures: Textures) -> Water:
    """Lay a film and puddles over the ground.

    Args:
        wetness: How wet the road is.
        paths: Depth in the wheel paths, 0 to 1, shape of the ground.
        ground: Ground map.
        textures: Tiles of the drive.
    """
    side, along = ground.side_m, ground.along_m
    paths = paths * np.float32(wetness.path_water)
    broad = sample_tile(textures.fractal, side, along, (14.0, 37.0), (0.45, 0.05))
    pools = sample_tile(textures.fractal, side, along, (19.0, 44.0), (0.85, 0.65))
    waves = sample_tile(textures.fractal, side, along, (3.0, 7.0), (0.15, 0.35))
    edge = 2.2 - 4.4 * wetness.film
    film = smooth_step(broad + 0.8 * paths, edge - 0.3, edge + 0.3)
    rim = 2.0 - 4.0 * wetness.puddle
    fine = waves * ground.contrast(0.05)
    puddle = smooth_step(pools + 0.6 * paths + 0.15 * fine, rim - 0.08, rim + 0.12)
    return Water(film=np.maximum(film, puddle), puddle=puddle, waves=fine)


def under_snow(water: Water, snow: FloatMap) -> Water:
    """Return the water that snow leaves to be seen."""
    bare = 1.0 - snow
    return Water(film=water.film * bare, puddle=water.puddle * bare, waves=water.waves)


def wet_albedo(wetness: Wetness, albedo: FloatImage, water: Water) -> FloatImage:
    """Darken what the water covers."""
    factor = 1.0 - (1.0 - wetness.darkening) * water.film
    factor *= 1.0 - 0.35 * water.puddle
    return scaled(albedo, factor)


@dataclass(frozen=True)
class Mirror:
    """Hold what a wet road mirrors in one frame, shape (H, W, 3) each.

    Attributes:
        sharp: Radiance in still water.
        soft: Radiance in the film on rough pavement, smeared mostly up and down.
    """

    sharp: FloatImage
    soft: FloatImage


def soften(wetness: Wetness, sharp: FloatImage) -> Mirror:
    """Add the smeared mirror image to the sharp one."""
    height_px, width_px = sharp.shape[:2]
    small = cv2.resize(sharp, (max(1, width_px // 4), max(1, height_px // 4)), interpolation=cv2.INTER_AREA)
    tall = int(wetness.blur_rel * width_px / 4) * 2 + 1
    wide = int(0.012 * width_px / 4) * 2 + 1
    smeared = cv2.blur(cv2.blur(small, (wide, tall)), (wide, tall))
    soft = cv2.resize(smeared, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
    return Mirror(sharp=sharp, soft=np.asarray(soft, dtype=np.float32))


def reflect(wetness: Wetness, road: FloatImage, mirror: Mirror, water: Water, ground: Ground) -> FloatImage:
    """Add the mirror image of sky and scenery to the road.

    The reflectance follows Schlick's approximation of Fresnel's equations,
    F = F0 + (1 - F0) (1 - cos)^5 (Schlick 1994).

    Args:
        wetness: The drive's water.
        road: Radiance of the road without reflection, shape (rows, W, 3).
        mirror: Mirror image of the whole frame.
        water: Where water lies.
        ground: Ground map.

    Returns:
        Radiance of the wet road, shape (rows, W, 3).
    """
    height_px, width_px = road.shape[:2]
    bottom_row = ground.top_row + height_px
    cols = np.arange(width_px, dtype=np.float32)[None, :]
    rows = np.arange(ground.top_row, bottom_row, dtype=np.float32)[:, None]
    swing_px = water.waves * (wetness.ripple_px * width_px / 500.0)
    edge = cv2.BORDER_REPLICATE
    rippled = cv2.remap(mirror.sharp, cols + swing_px, rows + 2.0 * swing_px, cv2.INTER_LINEAR, borderMode=edge)
    away = 1.0 - ground.grazing
    square = away * away
    fresnel = _WATER_F0 + (1.0 - _WATER_F0) * square * square * away
    soft = mirror.soft[ground.top_row : bottom_row]
    image = mix(soft, np.asarray(rippled, dtype=np.float32), water.puddle)
    share = fresnel * np.maximum(wetness.gloss * water.film, water.puddle)
    return mix(road, image, np.asarray(share, dtype=np.float32))
