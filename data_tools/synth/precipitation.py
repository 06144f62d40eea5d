"""Falling rain and snow in front of the camera."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from data_tools.synth.arrays import FloatImage, FloatMap, mix_colour
from data_tools.synth.camera import Pose

_BOX_M = (12.0, 7.0, 16.0)
"""Volume of air that repeats around the camera: across, up, along."""


@dataclass(frozen=True)
class Falls:
    """Hold how much is in the air, in streaks and flakes at 400x500."""

    rain: int
    flakes: int


@dataclass(frozen=True)
class Precipitation:
    """Hold what falls.

    Attributes:
        places: Positions in the air, 0 to 1, shape (N, 3).
        radius_m: Radius of a flake or half width of a drop.
        streak_m: Length that one falls while the shutter is open.
        fall_m_per_frame: Fall between two frames.
        opacity: Cover of one particle, 0 to 1.
    """

    places: NDArray[np.float32]
    radius_m: float
    streak_m: float
    fall_m_per_frame: float
    opacity: float


def draw_flakes(count: int, rng: np.random.Generator) -> Precipitation:
    """Draw falling snow."""
    return Precipitation(
        places=rng.random((count, 3), dtype=np.float32),
        radius_m=float(rng.uniform(0.012, 0.024)),
        streak_m=float(rng.uniform(0.0, 0.06)),
        fall_m_per_frame=0.17,
        opacity=float(rng.uniform(0.5, 0.9)),
    )


def draw_rain(count: int, rng: np.random.Generator) -> Precipitation:
    """Draw falling rain."""
    return Precipitation(
        places=rng.random((count, 3), dtype=np.float32),
        radius_m=0.002,
        streak_m=float(rng.uniform(0.15, 0.5)),
        fall_m_per_frame=1.3,
        opacity=float(rng.uniform(0.2, 0.4)),
    )


def paint_precipitation(
    falling: Precipitation, frame: int, pose: Pose, light: NDArray[np.float32], image: FloatImage
) -> FloatImage:
    """Paint what falls over a picture.

    Args:
        falling: What falls.
        frame: Frame index, from 0.
        pose: Camera pose.
        light: Radiance of a particle, shape (3,).
        image: Linear radiance, shape (H, W, 3).

    Returns:
        Picture with precipitation.
    """
    cover = _cover(falling, frame, pose, (image.shape[0], image.shape[1]))
    return mix_colour(image, light, cover)


def _cover(falling: Precipitation, frame: int, pose: Pose, size_px: tuple[int, int]) -> FloatMap:
    """Return the share of each pixel behind particles, shape (H, W)."""
    moved = falling.places.astype(np.float64)
    moved[:, 1] += frame * falling.fall_m_per_frame / _BOX_M[1]
    moved[:, 2] -= pose.along_m / _BOX_M[2]
    moved = moved % 1.0
    canvas = np.zeros(size_px, dtype=np.uint8)
    ahead_m = 1.6 + moved[:, 2] * _BOX_M[2]
    scale = pose.focal_px / ahead_m
    cols = size_px[1] / 2 + (moved[:, 0] - 0.5) * _BOX_M[0] * scale
    rows = pose.horizon_px + (moved[:, 1] * _BOX_M[1] - 5.0) * scale
    radii_px = np.maximum(falling.radius_m * scale, 0.3)
    drops_px = falling.streak_m * scale
    for col, row, radius, drop in zip(cols, rows, radii_px, drops_px, strict=True):
        tone = int(255 * falling.opacity * min(1.0, radius / 0.8))
        start = (int(col * 8), int(row * 8))
        if drop > radius:
            slant = (col - size_px[1] / 2) * drop / size_px[1]
            end = (int((col + slant) * 8), int((row + drop) * 8))
            wide = max(1, round(2 * radius))
            cv2.line(canvas, start, end, tone, wide, cv2.LINE_AA, 3)
        else:
            cv2.circle(canvas, start, int(max(radius, 0.7) * 8), tone, -1, cv2.LINE_AA, 3)
    return np.asarray(canvas * np.float32(1.0 / 255.0), dtype=np.float32)
