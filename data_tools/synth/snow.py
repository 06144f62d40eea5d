"""Snow on road and verge, with tyre tracks and slush."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.arrays import FloatImage, FloatMap, mix, ramp, rgb_array, scaled, tinted
from data_tools.synth.camera import Ground
from data_tools.synth.layout import Layout
from data_tools.synth.noise import sample_tile
from data_tools.synth.ramps import smooth_step
from data_tools.synth.textures import Textures

_FRESH = (0.84, 0.86, 0.90)
_DIRTY = (0.36, 0.33, 0.30)


@dataclass(frozen=True)
class Snow:
    """Hold how snow lies in a drive.

    Attributes:
        road_cover: Share of the pavement under snow, 0 to 1.
        verge_cover: Share of the verge under snow, 0 to 1.
        track_bare: How far tyres have bared their paths, 0 to 1.
        slush: Share of dirt and melt water in the snow of the road, 0 to 1.
        relief: Contrast of lumps and ridges.
        bank: Height of the ploughed bank at the road's edge, 0 to 1.
        frost: Share of snow on trees, 0 to 1.
        flakes: Number of falling flakes at 400x500.
        thaw: How far the snow has gone, or is still to come: 0 for all of it, 1 for none.
    """

    road_cover: float
    verge_cover: float
    track_bare: float
    slush: float
    relief: float
    bank: float
    frost: float
    flakes: int
    thaw: float = 0.0


def draw_snow(rng: np.random.Generator) -> Snow:
    """Draw snow from patchy slush to full cover."""
    falling, worn = rng.random(2) < (0.45, 0.6)
    return Snow(
        road_cover=float(rng.uniform(0.45, 0.98)),
        verge_cover=float(rng.uniform(0.55, 1.0)),
        track_bare=float(rng.uniform(0.3, 0.9) if worn else rng.uniform(0.0, 0.3)),
        slush=float(rng.uniform(0.0, 0.85)),
        relief=float(rng.uniform(0.12, 0.3)),
        bank=float(rng.uniform(0.0, 1.0)),
        frost=float(rng.choice([0.0, 0.3, 0.8])),
        flakes=int(rng.integers(80, 420)) if falling else 0,
    )


def draw_old_verge_snow(rng: np.random.Generator) -> Snow:
    """Draw the remains of snow beside a cleared road."""
    return Snow(
        road_cover=0.0,
        verge_cover=float(rng.uniform(0.3, 0.8)),
        track_bare=1.0,
        slush=float(rng.uniform(0.2, 0.8)),
        relief=float(rng.uniform(0.1, 0.25)),
        bank=0.0,
        frost=0.0,
        flakes=0,
    )


@dataclass(frozen=True)
class Blanket:
    """Hold what road and verge share in one frame; every map is shaped like the ground.

    Attributes:
        paths: Depth in the wheel paths, 0 to 1.
        shade: Shading of the snow's relief, about 1.
    """

    paths: FloatMap
    shade: FloatMap


def cover_road(snow: Snow, blanket: Blanket, ground: Ground, textures: Textures, albedo: FloatImage) -> FloatImage:
    """Lay snow, tracks and slush over the pavement.

    Args:
        snow: How the snow lies.
        blanket: Relief and wheel paths of this frame.
        ground: Ground map.
        textures: Tiles of the drive.
        albedo: Albedo of the bare pavement, shape (rows, W, 3).

    Returns:
        Albedo with snow, shape (rows, W, 3).
    """
    paths, streak, crumb = blanket.paths, *_crumbs(ground, textures)
    cover = _road_share(snow, blanket, ground, textures, streak, crumb=crumb)
    dirt = snow.slush * (0.45 + 0.55 * np.maximum(paths, smooth_step(streak, -0.5, 1.2)))
    pressed = 1.0 - 0.10 * paths + 0.10 * snow.relief * 4.0 * paths * crumb
    body = ramp(rgb_array(_FRESH), rgb_array(_DIRTY), np.asarray(dirt, dtype=np.float32))
    shade = np.asarray(pressed * blanket.shade, dtype=np.float32)
    damp = albedo * np.float32((0.75 - 0.25 * snow.slush) ** (1.0 - snow.thaw))
    return mix(damp, scaled(body, shade), cover)


def cover_verge(
    snow: Snow,
    blanket: Blanket,
    layout: Layout,
    ground: Ground,
    textures: Textures,
    *,
    albedo: FloatImage,
) -> FloatImage:
    """Lay snow over the verge, with grass or stones that stick out."""
    side, along = ground.side_m, ground.along_m
    patch = sample_tile(textures.fractal, side, along, (13.0, 19.0), (0.35, 0.6))
    tufts = sample_tile(textures.grain, side, along, (15.0, 15.0), (0.25, 0.55))
    edge = _edge(snow.verge_cover, snow.thaw)
    field = np.asarray(patch * ground.contrast(0.5) - 0.35 * tufts * ground.contrast(0.05), dtype=np.float32)
    cover = smooth_step(field, edge - 0.2, edge + 0.3)
    outside_m = np.maximum(layout.left_m - side, side - layout.right_m) - layout.shoulder_m
    ridge = snow.bank * np.exp(-(((outside_m - 0.5) * 2.2) ** 2))
    foot = 0.35 * snow.bank * np.exp(-(((outside_m + 0.05) * 4.0) ** 2))
    shade = blanket.shade * (1.0 + 0.08 * ridge - foot)
    body = tinted(np.asarray(shade, dtype=np.float32), rgb_array(_FRESH))
    cover = np.maximum(cover, np.minimum(1.0, 1.5 * ridge)) if snow.bank > 0.0 else cover
    return mix(albedo, body, np.asarray(cover, dtype=np.float32))


def lay_blanket(snow: Snow, paths: FloatMap, ground: Ground, textures: Textures) -> Blanket:
    """Shade the snow's relief around the given wheel paths."""
    side, along = ground.side_m, ground.along_m
    wide = sample_tile(textures.relief, side, along, (16.0, 22.0), (0.1, 0.2))
    fine = sample_tile(textures.relief, side, along, (5.0, 8.0), (0.6, 0.4))
    shade = wide * ground.contrast(0.10) + 0.7 * fine * ground.contrast(0.03)
    shade = np.clip(1.0 + snow.relief * shade, 0.45, 1.25)
    return Blanket(paths=paths, shade=np.asarray(shade, dtype=np.float32))


def road_share(snow: Snow, blanket: Blanket, ground: Ground, textures: Textures) -> FloatMap:
    """Return the share of each pixel of the road under snow, shape of the ground."""
    streak, crumb = _crumbs(ground, textures)
    return _road_share(snow, blanket, ground, textures, streak, crumb=crumb)


def _crumbs(ground: Ground, textures: Textures) -> tuple[FloatMap, FloatMap]:
    """Return the streaks along the road and the crumbs of its snow."""
    side, along = ground.side_m, ground.along_m
    streak = sample_tile(textures.fractal, side, along, (4.0, 60.0), (0.05, 0.95))
    crumb = sample_tile(textures.grain, side, along, (14.0, 24.0), (0.75, 0.15))
    return streak, crumb * ground.contrast(0.035)


def _road_share(
    snow: Snow, blanket: Blanket, ground: Ground, textures: Textures, streak: FloatMap, *, crumb: FloatMap
) -> FloatMap:
    """Return the share of each pixel of the road under snow."""
    patch = sample_tile(textures.fractal, ground.side_m, ground.along_m, (11.0, 29.0), (0.55, 0.25))
    field = 0.8 * patch + 0.45 * streak + 0.3 * crumb - blanket.paths * (3.2 * snow.track_bare)
    edge = _edge(snow.road_cover, snow.thaw)
    return smooth_step(np.asarray(field, dtype=np.float32), edge - 0.25, edge + 0.35)


def _edge(cover: float, thaw: float) -> float:
    """Return the value of the unit noise above which snow lies; none of it lies above 3.5."""
    edge = 1.5 - 3.6 * cover
    return edge + thaw * (3.5 - edge)
