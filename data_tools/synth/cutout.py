"""Place a cut-out with its cover in a picture."""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from data_tools.synth.arrays import FloatImage

Sprite: TypeAlias = tuple[NDArray[np.float32], ...]
"""A cut-out at full, half, quarter ... size, shape (rows, cols, 4) each."""

SPRITE_ROWS, SPRITE_COLS = 160, 96


@dataclass(frozen=True)
class Box:
    """Hold where a standing thing appears.

    Attributes:
        middle_px: Column of its middle.
        foot_px: Row where it meets the ground.
        height_px: Height in pixels.
    """

    middle_px: float
    foot_px: float
    height_px: float


def build_sprite(cutout: NDArray[np.float32]) -> Sprite:
    """Shrink a cut-out step by step, for things far away.

    Args:
        cutout: Albedo times cover (3 channels) and cover, shape (SPRITE_ROWS, SPRITE_COLS, 4).
    """
    levels = [cutout]
    for _ in range(4):
        rows, cols = levels[-1].shape[:2]
        half = cv2.resize(levels[-1], (cols // 2, rows // 2), interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(half, dtype=np.float32))
    return tuple(levels)


def blend_sprite(
    image: FloatImage,
    sprite: Sprite,
    box: Box,
    *,
    mirrored: bool,
    light: NDArray[np.float32],
    veil: NDArray[np.float32],
    opacity: float = 1.0,
) -> None:
    """Blend a sprite into an image in place.

    Args:
        image: Linear radiance, shape (H, W, 3).
        sprite: Cut-out to place.
        box: Where it appears.
        mirrored: Hang it upside down under its foot.
        light: Light on the sprite, shape (3,).
        veil: Air light in front of it, shape (3,).
        opacity: Factor of its cover, 0 to 1.
    """
    high_px, wide_px = box.height_px, box.height_px * SPRITE_COLS / SPRITE_ROWS
    left, top = box.middle_px - wide_px / 2, box.foot_px - (0.0 if mirrored else high_px)
    rows = (max(0, int(np.floor(top))), min(image.shape[0], int(np.ceil(top + high_px))))
    cols = (max(0, int(np.floor(left))), min(image.shape[1], int(np.ceil(left + wide_px))))
    if rows[0] >= rows[1] or cols[0] >= cols[1]:
        return
    level = int(np.clip(np.log2(SPRITE_ROWS / high_px), 0, len(sprite) - 1))
    source = np.ascontiguousarray(sprite[level][::-1]) if mirrored else sprite[level]
    step_x, step_y = source.shape[1] / wide_px, source.shape[0] / high_px
    placing = np.array(
        [
            [step_x, 0.0, (cols[0] - left + 0.5) * step_x - 0.5],
            [0.0, step_y, (rows[0] - top + 0.5) * step_y - 0.5],
        ]
    )
    size = (cols[1] - cols[0], rows[1] - rows[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = np.asarray(cv2.warpAffine(source, placing, size, flags=flags))
    if opacity < 1.0:
        patch = patch * np.float32(opacity)
    spot = image[rows[0] : rows[1], cols[0] : cols[1]]
    spot *= 1.0 - patch[..., 3:]
    lighting = np.concatenate([np.diag(light), veil[:, None]], axis=1)
    spot += np.asarray(cv2.transform(patch, lighting), dtype=np.float32)
