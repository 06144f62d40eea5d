"""Vary a training picture (the paper, appendix H): colour jitter, rotation, perspective, mirroring."""

import os
import random

import numpy as np

from data_tools.images.decode import Picture
from data_tools.randomness import keyed_generator, keyed_seed
from pipeline.training.config import AugmentationConfig
from pipeline.training.data.geometry import draw_geometry, warp, warp_matrix

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # it would ask the network for its newest version

import albumentations


class Augmentation:
    """Vary pictures with draws from (seed, epoch, image id) and nothing else."""

    def __init__(self, config: AugmentationConfig, seed: int) -> None:
        """Prepare the colour jitter.

        Args:
            config: Strengths and probabilities.
            seed: The training's seed.
        """
        self._config = config
        self._seed = seed
        factors = (1 - config.color_jitter, 1 + config.color_jitter)
        self._jitter = albumentations.ColorJitter(
            brightness=factors, contrast=factors, saturation=factors, hue=(0.0, 0.0), p=1.0
        )

    def __call__(self, picture: Picture, image_id: str, epoch: int) -> Picture:
        """Vary one picture.

        The generators are set anew for every picture: a seeded `Compose` would go on from picture to picture, and
        `set_random_seed` would give all its transforms the same draws.

        Args:
            picture: (H, W, 3) uint8 RGB at model size.
            image_id: The picture's path in its data set.
            epoch: 0-based epoch.

        Returns:
            (H, W, 3) uint8 RGB.
        """
        key = ("augment", self._seed, epoch, image_id)
        generator = keyed_generator(*key)
        if self._config.color_jitter > 0:
            self._jitter.set_random_state(generator, random.Random(keyed_seed(*key)))
            picture = np.asarray(self._jitter(image=picture)["image"], dtype=np.uint8)
        geometry = draw_geometry(self._config, generator)
        return warp(picture, warp_matrix(geometry, *picture.shape[:2]))
