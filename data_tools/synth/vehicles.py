"""Drawn cut-outs of other cars, from the front and from behind, without the light of their lamps."""

import cv2
import numpy as np
from numpy.typing import NDArray

from data_tools.synth.cutout import SPRITE_COLS, SPRITE_ROWS

VEHICLE_HEIGHT_M = 3.1
"""Height of the whole cut-out; the car fills its lower half, 1.55 m."""

LAMP_HALF_TRACK_M = 0.64
LAMP_HEIGHT_M = 0.70
LAMP_RADIUS_M = 0.08

_TOP = SPRITE_ROWS - 80
_PAINTS = (
    (0.02, 0.02, 0.02),
    (0.10, 0.10, 0.11),
    (0.30, 0.30, 0.31),
    (0.62, 0.62, 0.60),
    (0.25, 0.03, 0.03),
    (0.03, 0.06, 0.20),
    (0.16, 0.15, 0.11),
)


def draw_vehicle(rng: np.random.Generator, *, front: bool) -> NDArray[np.float32]:
    """Draw a car.

    Args:
        rng: Source of its paint and build.
        front: Whether it comes towards the camera.

    Returns:
        Albedo times cover (3 channels) and cover, shape (SPRITE_ROWS, SPRITE_COLS, 4);
        the last row stands on the ground.
    """
    cover = np.zeros((SPRITE_ROWS, SPRITE_COLS), dtype=np.uint8)
    colour = np.zeros((SPRITE_ROWS, SPRITE_COLS, 3), dtype=np.float32)
    roof, waist = int(rng.integers(0, 8)), int(rng.integers(16, 21))
    cabin = np.array([[48 - waist - 14, 36], [48 - waist - 5, roof], [48 + waist + 5, roof], [48 + waist + 14, 36]])
    cv2.fillConvexPoly(cover, cabin + np.array([0, _TOP]), 255)
    _round_box(cover, (6, _TOP + 31), (90, SPRITE_ROWS - 9))
    for left in (9, 73):
        _round_box(cover, (left, SPRITE_ROWS - 14), (left + 14, SPRITE_ROWS - 1))
    colour[:] = np.asarray(_PAINTS[int(rng.integers(len(_PAINTS)))]) * rng.uniform(0.8, 1.2)
    shading = np.linspace(1.35, 0.6, SPRITE_ROWS - _TOP, dtype=np.float32)
    colour[_TOP:] *= shading[:, None, None]
    wide, narrow = waist + 9, waist + 2
    glass = np.array([[48 - wide, 33], [48 - narrow, roof + 4], [48 + narrow, roof + 4], [48 + wide, 33]])
    cv2.fillConvexPoly(colour, glass + np.array([0, _TOP]), (0.035, 0.04, 0.045), cv2.LINE_AA)
    colour[SPRITE_ROWS - 12 :] = 0.02
    lamp = (0.55, 0.55, 0.52) if front else (0.32, 0.03, 0.02)
    for left in (8, 74):
        colour[_TOP + 39 : _TOP + 49, left : left + 14] = lamp
    if front:
        colour[_TOP + 41 : _TOP + 50, 28:68] = 0.03
    colour[_TOP + 54 : _TOP + 62, 37:59] = 0.5
    alpha = cv2.GaussianBlur(cover, (5, 5), 1.0).astype(np.float32)[..., None] * (1.0 / 255.0)
    return np.asarray(np.concatenate([colour * alpha, alpha], axis=2), dtype=np.float32)


def _round_box(cover: NDArray[np.uint8], first: tuple[int, int], last: tuple[int, int], radius: int = 4) -> None:
    """Fill a box with rounded corners in place; corners are (column, row)."""
    (left, top), (right, bottom) = first, last
    cv2.rectangle(cover, (left + radius, top), (right - radius, bottom), 255, -1)
    cv2.rectangle(cover, (left, top + radius), (right, bottom - radius), 255, -1)
    for col in (left + radius, right - radius):
        for row in (top + radius, bottom - radius):
            cv2.circle(cover, (col, row), radius, 255, -1)
