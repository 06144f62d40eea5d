"""Vary colour and geometry of a road picture (the paper, appendix H.2)."""

import os
import random

import numpy as np

from data_tools.images.decode import Picture
from data_tools.randomness import keyed_generator, keyed_seed
from pipeline.training.augmentation_config import RoadAugmentation
from pipeline.training.data.draw_key import draw_key
from pipeline.training.data.geometry import draw_geometry, warp, warp_matrix

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # it would ask the network for its newest version

import albumentations


class Road:
    """Jitter the colours, then rotate, warp and mirror in one step (see `Augmentation`)."""

    def __init__(self, config: RoadAugmentation, seed: int, purpose: str) -> None:
        """Prepare the colour jitter.

        Args:
            config: Strengths and probabilities.
            seed: The training's seed.
            purpose: First part of the key of every draw.
        """
        self._config = config
        self._seed = seed
        self._purpose = purpose
        factors = (1 - config.color_jitter, 1 + config.color_jitter)
        self._jitter = albumentations.ColorJitter(
            brightness=factors, contrast=factors, saturation=factors, hue=(0.0, 0.0), p=1.0
        )

    def __call__(self, picture: Picture, image_id: str, epoch: int, repeat: int = 0) -> Picture:
        """Vary one picture.

        The generators are set anew for every picture: a seeded `Compose` would go on from picture to picture, and
        `set_random_seed` would give all its transforms the same draws.
        """
        key = draw_key(self._purpose, self._seed, epoch, image_id, repeat)
        generator = keyed_generator(*key)
        if self._config.color_jitter > 0:
            self._jitter.set_random_state(generator, random.Random(keyed_seed(*key)))
            picture = np.asarray(self._jitter(image=picture)["image"], dtype=np.uint8)
        geometry = draw_geometry(self._config, generator)
        return warp(picture, warp_matrix(geometry, *picture.shape[:2]))
