"""Panorama of the sky over the horizon."""

import cv2
import numpy as np

from data_tools.synth.arrays import FloatImage, mix, ramp, rgb_array, tinted
from data_tools.synth.daylight import Daylight
from data_tools.synth.noise import sample_tile
from data_tools.synth.ramps import smooth_step
from data_tools.synth.textures import Textures

PANORAMA_WIDTHS = 1.6
"""Width of a panorama in picture widths, where the road hardly turns."""


def paint_sky(
    daylight: Daylight, textures: Textures, size_px: tuple[int, int], rows: int, widths: float = PANORAMA_WIDTHS
) -> FloatImage:
    """Paint the sky at half resolution and enlarge it; the last row lies on the horizon.

    Args:
        daylight: Colours, clouds and sun.
        textures: Tiles of the drive.
        size_px: Picture size, (height, width).
        rows: Height of the panorama in pixels.
        widths: Width of the panorama in picture widths.

    Returns:
        Radiance, shape (rows, widths * width, 3).
    """
    height_px, width_px = size_px
    full = (int(width_px * widths), rows)
    rows, cols = rows // 2 + 1, full[0] // 2
    up = np.arange(rows - 1, -1, -1, dtype=np.float32)[:, None] * (2.0 / height_px)
    right = (np.arange(cols, dtype=np.float32)[None, :] - cols / 2) * (2.0 / width_px)
    climb = np.broadcast_to(1.0 - np.exp(-up * 3.2), (rows, cols)).astype(np.float32)
    zenith, horizon = rgb_array(daylight.zenith), rgb_array(daylight.horizon)
    sky = ramp(horizon, zenith, climb)
    reach = 1.0 / (up + 0.12)
    field = sample_tile(
        textures.fractal,
        np.asarray(right * reach, dtype=np.float32),
        np.broadcast_to(reach, (rows, cols)).astype(np.float32),
        (9.0, 5.0),
        (0.21, 0.43),
    )
    edge = 1.6 - 3.2 * daylight.cloud_cover
    cloud = smooth_step(field, edge - 0.5, edge + 0.9) * smooth_step(up, 0.0, 0.15)
    body = tinted(1.0 - 0.12 * field, rgb_array(daylight.cloud))
    sky = mix(sky, body, 0.85 * cloud)
    far = np.hypot(right - daylight.sun_side_rel, up - daylight.sun_height_rel)
    halo = daylight.glow * (np.exp(-far * 5.0) + 3.0 * np.exp(-((far * 22.0) ** 2)))
    halo = np.asarray(halo * (1.0 - 0.6 * cloud), dtype=np.float32)
    sky += tinted(halo, rgb_array((1.0, 0.93, 0.8)))
    return np.asarray(cv2.resize(sky, full, interpolation=cv2.INTER_LINEAR), dtype=np.float32)
