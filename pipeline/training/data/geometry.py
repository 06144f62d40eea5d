"""Vary a picture's geometry: rotation, perspective and mirroring as one warp."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from data_tools.images.decode import Picture
from pipeline.training.augmentation_config import RoadAugmentation

Matrix = npt.NDArray[np.float64]
"""(3, 3), maps input to output pixel coordinates (x, y, 1)."""


@dataclass(frozen=True)
class Geometry:
    """Hold the drawn geometry of one picture."""

    rotation_deg: float
    corner_shifts: npt.NDArray[np.float64] | None
    """(4, 2) share of the half size by which each corner moves inward, as (x, y), clockwise from top left."""
    mirrored: bool


def draw_geometry(config: RoadAugmentation, generator: np.random.Generator) -> Geometry:
    """Draw a geometry; the number of draws does not depend on the outcome.

    The corner shifts are those of torchvision's `RandomPerspective`: uniform in 0..distortion scale.
    """
    rotation = generator.uniform(-config.rotation_deg, config.rotation_deg)
    shifts = generator.uniform(0, config.perspective, (4, 2))
    warped = generator.random() < config.perspective_probability
    mirrored = generator.random() < config.horizontal_flip_probability
    return Geometry(float(rotation), shifts if warped and config.perspective > 0 else None, bool(mirrored))


def warp_matrix(geometry: Geometry, height: int, width: int) -> Matrix:
    """Compose rotation about the centre, then perspective, then mirroring.

    Args:
        geometry: What was drawn.
        height: Picture height, px.
        width: Picture width, px.
    """
    right, bottom = width - 1.0, height - 1.0
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D((right / 2, bottom / 2), geometry.rotation_deg, 1.0)
    if geometry.corner_shifts is not None:
        corners = np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]])
        inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
        moved = corners + inward * geometry.corner_shifts * np.array([width / 2, height / 2])
        matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32)) @ matrix
    if geometry.mirrored:
        matrix = np.array([[-1, 0, right], [0, 1, 0], [0, 0, 1]]) @ matrix
    return np.asarray(matrix, dtype=np.float64)


def warp(picture: Picture, matrix: Matrix) -> Picture:
    """Warp a picture; what lies outside becomes black.

    Args:
        picture: (H, W, 3) uint8.
        matrix: Input to output coordinates.

    Returns:
        (H, W, 3) uint8.
    """
    if np.array_equal(matrix, np.eye(3)):
        return picture
    height, width = picture.shape[:2]
    return np.asarray(cv2.warpPerspective(picture, matrix, (width, height), flags=cv2.INTER_LINEAR), dtype=np.uint8)
