"""Pad a picture with black, crop it at random and mirror it (the paper, appendix H.1)."""

import cv2
import numpy as np

from data_tools.images.decode import Picture
from data_tools.randomness import keyed_generator
from pipeline.training.augmentation_config import CropFlipAugmentation
from pipeline.training.data.draw_key import draw_key


class CropFlip:
    """Move a picture by at most the padding in both directions, and mirror some (see `Augmentation`).

    Slices in numpy: albumentations' `RandomCrop` would pass through its pipeline, and draw from a generator of its own.
    """

    def __init__(self, config: CropFlipAugmentation, seed: int, purpose: str) -> None:
        self._config = config
        self._seed = seed
        self._purpose = purpose

    def __call__(self, picture: Picture, image_id: str, epoch: int, repeat: int = 0) -> Picture:
        """Vary one picture; every one of the (2·padding + 1)² crops is as likely as any other."""
        generator = keyed_generator(*draw_key(self._purpose, self._seed, epoch, image_id, repeat))
        padding = self._config.padding
        top, left = (int(offset) for offset in generator.integers(0, 2 * padding + 1, 2))
        mirrored = generator.random() < self._config.horizontal_flip_probability
        cropped = crop_padded(picture, padding, top, left)
        return np.ascontiguousarray(cropped[:, ::-1]) if mirrored else cropped


def crop_padded(picture: Picture, padding: int, top: int, left: int) -> Picture:
    """Pad with black on all four sides and cut a crop of the picture's own size.

    Args:
        picture: (H, W, 3) uint8.
        padding: Width of the border, px.
        top: First row of the crop in the padded picture, 0..2·padding.
        left: First column.

    Returns:
        (H, W, 3) uint8, contiguous.
    """
    height, width = picture.shape[:2]
    padded = cv2.copyMakeBorder(picture, padding, padding, padding, padding, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    return np.ascontiguousarray(padded[top : top + height, left : left + width], dtype=np.uint8)
