"""Dirt on the lens: out of focus, it takes light away and scatters what is left."""

from dataclasses import dataclass

import cv2
import numpy as np

from data_tools.synth.arrays import FloatImage, FloatMap, scaled, tinted
from data_tools.synth.noise import TILE_PX, sample_tile, spectral_tile
from data_tools.synth.ramps import smooth_step


@dataclass(frozen=True)
class Dirt:
    """Hold how dirty the lens of a drive is.

    Attributes:
        amount: 0 for a clean lens, 1 for one that should have been wiped long ago.
        seed: Seed of where the dirt sits.
    """

    amount: float
    seed: int


def draw_transmission(dirt: Dirt, size_px: tuple[int, int]) -> FloatMap:
    """Draw how much light each pixel's part of the lens lets through.

    A film of road grime, thicker in clouds and towards the bottom, and specks far out of focus.

    Args:
        dirt: How much, and where.
        size_px: Picture size, (height, width).

    Returns:
        Transmission, 0 to 1, shape (H, W).
    """
    height_px, width_px = size_px
    rng = np.random.default_rng(dirt.seed)
    tile = spectral_tile(rng, slope=1.6, lowest_cycles=1.0)
    rows, cols = np.mgrid[0:height_px, 0:width_px].astype(np.float32)
    span_px = float(width_px)
    cloud = sample_tile(tile, cols, rows, (span_px * 1.7, span_px * 1.7), (float(rng.random()), float(rng.random())))
    film = 0.10 + 0.55 * smooth_step(cloud + 0.7 * (rows / height_px - 0.5), 0.1, 1.9)
    loss = np.asarray(dirt.amount * film, dtype=np.float32)
    for _ in range(int(rng.poisson(4.0 + 40.0 * dirt.amount))):
        x, y = rng.uniform((0.0, 0.0), (width_px, height_px))
        radius_px = span_px * float(np.exp(rng.normal(-4.0, 0.5)))
        depth, stretch = float(rng.uniform(0.15, 0.75)) * min(1.0, 3.0 * dirt.amount), float(rng.uniform(0.8, 1.25))
        around_px = int(2.6 * radius_px) + 2
        spot = np.s_[max(0, int(y) - around_px) : int(y) + around_px, max(0, int(x) - around_px) : int(x) + around_px]
        wobble = 0.35 * sample_tile(tile, cols[spot], rows[spot], (span_px * TILE_PX / 2500.0,) * 2)
        far = np.hypot(cols[spot] - x, (rows[spot] - y) * stretch) / radius_px + wobble
        speck = 1.0 - smooth_step(np.asarray(far, dtype=np.float32), 0.55, 1.5)
        loss[spot] = 1.0 - (1.0 - loss[spot]) * (1.0 - np.float32(depth) * speck)
    blurred = cv2.GaussianBlur(loss, (0, 0), span_px / 180.0)
    return np.asarray(1.0 - blurred, dtype=np.float32)


def look_through(transmission: FloatMap, image: FloatImage) -> FloatImage:
    """Look at a picture through a dirty lens.

    What the dirt stops, it scatters: 30 % of it reaches the sensor as an even veil of the
    scene's mean colour.

    Args:
        transmission: Shape (H, W).
        image: Linear radiance, shape (H, W, 3).

    Returns:
        Linear radiance, shape (H, W, 3).
    """
    veil = np.minimum(image, 4.0).mean(axis=(0, 1), dtype=np.float64).astype(np.float32)
    seen = scaled(image, transmission)
    seen += tinted(np.asarray(1.0 - transmission, dtype=np.float32), np.float32(0.3) * veil)
    return seen
