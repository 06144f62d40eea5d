"""Far silhouettes on the horizon: hills, woods, towns."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data_tools.synth.arrays import FloatImage, FloatMap, Rgb, mix, rgb_array
from data_tools.synth.daylight import Daylight
from data_tools.synth.ramps import half_plane
from data_tools.synth.textures import Textures

SkylineKind = Literal["hills", "wood", "town", "plain"]


@dataclass(frozen=True)
class Skyline:
    """Hold the far scenery.

    Attributes:
        kind: What stands on the horizon.
        height_rel: Typical height in picture heights.
        colour: Albedo.
        haze: Share of sky colour mixed in by the air, 0 to 1.
        shift: Where in the noise tile the outline is read, 0 to 1.
    """

    kind: SkylineKind
    height_rel: float
    colour: Rgb
    haze: float
    shift: float


def draw_skyline(rng: np.random.Generator) -> Skyline:
    """Draw the scenery on the horizon."""
    kinds: tuple[SkylineKind, ...] = ("hills", "wood", "wood", "town", "plain")
    kind = kinds[int(rng.integers(len(kinds)))]
    height = {"hills": 0.07, "wood": 0.08, "town": 0.12, "plain": 0.015}[kind]
    colour = (0.22, 0.20, 0.19) if kind == "town" else (0.06, 0.08, 0.05)
    level = float(rng.uniform(0.7, 1.8))
    return Skyline(
        kind=kind,
        height_rel=height * float(rng.uniform(0.6, 1.6)),
        colour=(colour[0] * level, colour[1] * level, colour[2] * level),
        haze=float(rng.uniform(0.1, 0.55)),
        shift=float(rng.random()),
    )


def paint_skyline(
    skyline: Skyline,
    daylight: Daylight,
    textures: Textures,
    sky: FloatImage,
    size_px: tuple[int, int],
    *,
    frost: float,
) -> FloatImage:
    """Paint the scenery over a sky panorama whose last row is the horizon.

    Args:
        skyline: What to paint.
        daylight: Light on it.
        textures: Tiles of the drive.
        sky: Sky panorama, shape (rows, cols, 3).
        size_px: Picture size, (height, width).
        frost: Share of snow on the scenery, 0 to 1.

    Returns:
        Panorama of the same shape.
    """
    height_px, width_px = size_px
    rows, cols = sky.shape[:2]
    across = np.asarray(np.arange(cols) / width_px, dtype=np.float32)
    top_px = _outline(skyline, textures, across) * skyline.height_rel * height_px
    band = int(min(rows, np.ceil(float(top_px.max())) + 2))
    up_px = np.arange(band - 1, -1, -1, dtype=np.float32)[:, None]
    cover = half_plane(np.asarray(top_px[None, :] - up_px), np.ones((1, 1), dtype=np.float32))
    tile = textures.fractal
    picks = np.ix_(
        (up_px[:, 0] * (900.0 / height_px)).astype(int) % tile.shape[0],
        (across * 900.0).astype(int) % tile.shape[1],
    )
    speckle = tile[picks]
    if skyline.kind == "town":
        up_rel = np.asarray(up_px[:, 0] / height_px, dtype=np.float32)
        speckle = _windows(up_rel, across)
    light = rgb_array(daylight.ambient) + 0.5 * rgb_array(daylight.sun)
    base = rgb_array(skyline.colour) * (1.0 - 0.7 * frost) + 0.5 * frost
    body = base * np.maximum(1.0 + 0.3 * speckle, 0.3)[..., None] * light
    body = body + (rgb_array(daylight.horizon) - body) * skyline.haze
    painted: FloatImage = sky.copy()
    painted[rows - band :] = mix(sky[rows - band :], np.asarray(body, dtype=np.float32), cover)
    return painted


def _outline(skyline: Skyline, textures: Textures, across: NDArray[np.float32]) -> FloatMap:
    """Return the height of the outline at every column, about 0.2 to 1.8."""
    line: NDArray[np.float32] = textures.fractal[int(skyline.shift * 511)]
    if skyline.kind == "town":
        wide = np.floor(across * 14.0 + 0.8 * np.sin(across * 23.0)).astype(int)
        return np.asarray(np.clip(0.8 + 0.5 * line[(wide * 37) % line.size], 0.2, 1.8), dtype=np.float32)
    scale = {"hills": 60.0, "wood": 330.0, "plain": 90.0}[skyline.kind]
    at = across * scale
    smooth = np.interp(at % line.size, np.arange(line.size), line)
    relief = 0.45 if skyline.kind == "hills" else 0.3
    return np.asarray(np.clip(1.0 + relief * smooth, 0.15, 1.8), dtype=np.float32)


def _windows(up_rel: NDArray[np.float32], across: NDArray[np.float32]) -> FloatMap:
    """Return a grid of dark windows, 0 or about -1.5."""
    rows = (up_rel * 45.0) % 1.0 < 0.5
    cols = (across * 50.0) % 1.0 < 0.5
    return np.asarray(-0.9 * (rows[:, None] & cols[None, :]), dtype=np.float32)
