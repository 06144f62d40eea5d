"""Tileable random textures and their lookup in metres."""

from functools import lru_cache

import cv2
import numpy as np

from data_tools.synth.arrays import FloatMap

TILE_PX = 512
"""Side of every texture tile; a tile repeats without a seam."""


@lru_cache(maxsize=16)
def _spectrum(slope: float, lowest_cycles: float) -> FloatMap:
    """Return the amplitude of each frequency of a tile, shape (TILE_PX, TILE_PX // 2 + 1)."""
    rows = np.fft.fftfreq(TILE_PX)[:, None] * TILE_PX
    cols = np.fft.rfftfreq(TILE_PX)[None, :] * TILE_PX
    cycles = np.hypot(rows, cols)
    amplitude = np.where(cycles >= lowest_cycles, np.maximum(cycles, 1.0) ** -slope, 0.0)
    return np.asarray(amplitude, dtype=np.float32)


def spectral_tile(rng: np.random.Generator, slope: float, lowest_cycles: float = 1.0) -> FloatMap:
    """Draw a seamless noise tile with a power-law spectrum.

    Args:
        rng: Source of randomness.
        slope: Amplitude falls as frequency to the power of minus `slope`.
        lowest_cycles: Frequencies under this many cycles per tile are left out.

    Returns:
        Zero mean, unit deviation, shape (TILE_PX, TILE_PX).
    """
    white = rng.standard_normal((TILE_PX, TILE_PX), dtype=np.float32)
    tile = np.fft.irfft2(np.fft.rfft2(white) * _spectrum(slope, lowest_cycles))
    return np.asarray((tile - tile.mean()) / tile.std(), dtype=np.float32)


def relief_tile(heights: FloatMap) -> FloatMap:
    """Return the slope of a height tile towards the light, unit deviation."""
    slope = heights - np.roll(heights, (2, 1), axis=(0, 1))
    return np.asarray(slope / slope.std(), dtype=np.float32)


def sample_tile(
    tile: FloatMap,
    x_m: FloatMap,
    y_m: FloatMap,
    span_m: tuple[float, float],
    shift: tuple[float, float] = (0.0, 0.0),
) -> FloatMap:
    """Look a tile up at ground positions.

    Args:
        tile: Shape (TILE_PX, TILE_PX).
        x_m: Positions along the tile's columns, shape (H, W).
        y_m: Positions along the tile's rows, shape (H, W).
        span_m: Ground size that one tile covers, (x, y).
        shift: Fraction of a tile to move the lookup by, so that layers differ.

    Returns:
        Bilinear samples, shape (H, W).
    """
    cols = x_m * (1.0 / span_m[0]) + shift[0]
    rows = y_m * (1.0 / span_m[1]) + shift[1]
    cols = (cols - np.floor(cols)) * TILE_PX
    rows = (rows - np.floor(rows)) * TILE_PX
    found = cv2.remap(
        tile,
        cols.astype(np.float32, copy=False),
        rows.astype(np.float32, copy=False),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )
    return np.asarray(found, dtype=np.float32)
