"""Drawn cut-outs: trees, posts, lamps, cars."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from data_tools.synth.cutout import SPRITE_COLS, SPRITE_ROWS

SpriteKind = Literal["conifer", "leafy", "bare", "post", "lamp", "car"]


def draw_cutout(kind: SpriteKind, frost: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw one cut-out.

    Args:
        kind: What to draw.
        frost: Share of snow on trees, 0 to 1.
        rng: Source of randomness.

    Returns:
        Albedo times cover (3 channels) and cover, shape (SPRITE_ROWS, SPRITE_COLS, 4);
        the last row stands on the ground.
    """
    cover = np.zeros((SPRITE_ROWS, SPRITE_COLS), dtype=np.uint8)
    colour = np.zeros((SPRITE_ROWS, SPRITE_COLS, 3), dtype=np.float32)
    if kind == "car":
        _car(colour, cover, rng)
    elif kind in ("post", "lamp"):
        _pole(colour, cover, kind)
    else:
        _tree(colour, cover, kind, rng)
        upper = np.linspace(1.0, 0.2, SPRITE_ROWS, dtype=np.float32)[:, None]
        snow = frost * upper * (rng.random((SPRITE_ROWS, SPRITE_COLS), dtype=np.float32) < 0.75)
        colour += (np.float32(0.8) - colour) * snow[..., None]
    alpha = cv2.GaussianBlur(cover, (3, 3), 0.7).astype(np.float32)[..., None] * (1.0 / 255.0)
    return np.asarray(np.concatenate([colour * alpha, alpha], axis=2), dtype=np.float32)


def _tree(
    colour: NDArray[np.float32],
    cover: NDArray[np.uint8],
    kind: SpriteKind,
    rng: np.random.Generator,
) -> None:
    """Draw a tree in place."""
    middle = SPRITE_COLS // 2
    cv2.line(cover, (middle, SPRITE_ROWS), (middle, int(SPRITE_ROWS * 0.75)), 255, 5)
    colour[:] = (0.10, 0.08, 0.06)
    if kind == "bare":
        _branches(cover, (float(middle), SPRITE_ROWS * 0.8), -np.pi / 2, 38.0, 5, rng=rng)
        return
    holes = rng.random(cover.shape) < (0.08 if kind == "leafy" else 0.0)
    green = rng.uniform((0.02, 0.05, 0.02), (0.12, 0.12, 0.04))
    for step in np.linspace(0.0, 1.0, 34):
        if kind == "conifer":
            half, row = 5 + step * 34, 8 + step * (SPRITE_ROWS - 26)
            centres = [(middle + rng.normal(0, 2), row, half, 7.0)]
        else:
            angle, out = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random())
            spot = (middle + 30 * out * np.cos(angle), 74 + 58 * out * np.sin(angle))
            centres = [(*spot, rng.uniform(8, 16), rng.uniform(8, 14))]
        for x, y, wide, high in centres:
            mask = np.zeros_like(cover)
            cv2.ellipse(mask, (int(x), int(y)), (int(wide), int(high)), 0, 0, 360, 255, -1)
            mask[holes] = 0
            colour[mask > 0] = green * rng.uniform(0.6, 1.5)
            np.maximum(cover, mask, out=cover)


def _branches(
    cover: NDArray[np.uint8],
    base: tuple[float, float],
    angle: float,
    length: float,
    depth: int,
    *,
    rng: np.random.Generator,
) -> None:
    """Draw a branch and its twigs in place."""
    tip = (base[0] + length * np.cos(angle), base[1] + length * np.sin(angle))
    ends = [(int(base[0]), int(base[1])), (int(tip[0]), int(tip[1]))]
    cv2.line(cover, ends[0], ends[1], 255, max(1, depth - 1), cv2.LINE_AA)
    if depth > 0:
        for turn in rng.uniform((-0.65, -0.15, 0.25), (-0.25, 0.15, 0.65)):
            _branches(cover, tip, angle + turn, length * rng.uniform(0.6, 0.78), depth - 1, rng=rng)


def _pole(colour: NDArray[np.float32], cover: NDArray[np.uint8], kind: SpriteKind) -> None:
    """Draw a marker post or a lamp post in place."""
    middle = SPRITE_COLS // 2
    half = 5 if kind == "post" else 1
    cover[:, middle - half : middle + half + 1] = 255
    colour[:] = 0.65 if kind == "post" else 0.18
    if kind == "post":
        colour[30:62] = 0.04
        colour[38:52] = (0.7, 0.35, 0.1)
    else:
        cover[:3, middle - 18 : middle] = 255


def _car(colour: NDArray[np.float32], cover: NDArray[np.uint8], rng: np.random.Generator) -> None:
    """Draw the rear of a car in place; the car fills the lower 80 rows."""
    top = SPRITE_ROWS - 80
    cabin = np.array([[18, top + 34], [27, top + 2], [69, top + 2], [78, top + 34]])
    cv2.fillConvexPoly(cover, cabin, 255)
    cover[top + 32 : SPRITE_ROWS - 8, 6:90] = 255
    cover[SPRITE_ROWS - 10 :, 10:24] = 255
    cover[SPRITE_ROWS - 10 :, 72:86] = 255
    colour[:] = rng.choice([0.03, 0.12, 0.35, 0.6]) * rng.uniform(0.7, 1.0, 3)
    colour[top + 7 : top + 31, 28:68] = 0.02
    colour[SPRITE_ROWS - 14 :] = 0.02
    colour[top + 38 : top + 50, 8:22] = (1.6, 0.06, 0.03)
    colour[top + 38 : top + 50, 74:88] = (1.6, 0.06, 0.03)
    colour[top + 48 : top + 58, 38:58] = 0.6
