"""Cover parts of a picture with black patches (the paper, section 7.2: 20 patches of 70×70 px at 400×500)."""

import math

import numpy as np
import numpy.typing as npt

from data_tools.images.decode import Picture
from data_tools.perturbations.registry import register

PAPER_PATCH_PX = 70
PAPER_HEIGHT_PX, PAPER_WIDTH_PX = 400, 500


def patch_side_px(height: int, width: int) -> int:
    """Return the patch side that covers the paper's share of the picture area, at least 1 px."""
    scale = math.sqrt(height * width / (PAPER_HEIGHT_PX * PAPER_WIDTH_PX))
    return max(1, min(round(PAPER_PATCH_PX * scale), height, width))


def draw_corners(
    count: int, height: int, width: int, side: int, generator: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Draw the top-left corners of patches that lie inside the picture; (count, 2) as (row, column)."""
    rows = generator.integers(0, height - side + 1, count)
    columns = generator.integers(0, width - side + 1, count)
    return np.stack([rows, columns], axis=1)


def cover(picture: Picture, corners: npt.NDArray[np.int64], side: int) -> Picture:
    """Return a copy with black squares at the given corners; patches may overlap."""
    covered: Picture = picture.copy()
    for row, column in corners:
        covered[row : row + side, column : column + side] = 0
    return covered


@register("occlusion")
def occlusion(picture: Picture, severity: float, generator: np.random.Generator) -> Picture:
    """Cover the picture with black patches; severity is their number (the paper uses 20)."""
    height, width = picture.shape[:2]
    side = patch_side_px(height, width)
    return cover(picture, draw_corners(round(severity), height, width, side, generator), side)
