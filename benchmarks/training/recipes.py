"""Augment cached pictures as users of torchvision and of albumentations would: the other sides of `loading_speed`.

Strengths are those of the road augmentation. torchvision's and albumentations' perspective differ in how corners are
drawn, not in how much work the warp is.
"""

import os
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.transforms import v2

from data_tools.images.decode import Picture
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.split.artifact import Sample
from pipeline.training.augmentation_config import RoadAugmentation
from pipeline.training.data.dataset import Item, read_at_model_size

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # it would ask the network for its newest version

import albumentations

Recipe = Callable[[Picture], Tensor]


class TorchvisionRecipe:
    """Chain torchvision's v2 transforms on uint8 tensors."""

    def __init__(self, config: RoadAugmentation) -> None:
        jitter = config.color_jitter
        self._transform = v2.Compose(
            [
                v2.ColorJitter(jitter, jitter, jitter),
                v2.RandomRotation(config.rotation_deg, interpolation=v2.InterpolationMode.BILINEAR),
                v2.RandomPerspective(config.perspective, config.perspective_probability),
                v2.RandomHorizontalFlip(config.horizontal_flip_probability),
            ]
        )

    def __call__(self, picture: Picture) -> Tensor:
        """Return (3, H, W) uint8."""
        varied: Tensor = self._transform(torch.from_numpy(picture).permute(2, 0, 1))
        return varied


class AlbumentationsRecipe:
    """Chain albumentations' transforms on uint8 arrays."""

    def __init__(self, config: RoadAugmentation) -> None:
        factors = (1 - config.color_jitter, 1 + config.color_jitter)
        self._transform = albumentations.Compose(
            [
                albumentations.ColorJitter(factors, factors, factors, hue=(0.0, 0.0), p=1.0),
                albumentations.Rotate((-config.rotation_deg, config.rotation_deg), p=1.0),
                albumentations.Perspective((0.0, config.perspective / 4), p=config.perspective_probability),
                albumentations.HorizontalFlip(p=config.horizontal_flip_probability),
            ]
        )

    def __call__(self, picture: Picture) -> Tensor:
        """Return (H, W, 3) uint8."""
        return torch.from_numpy(np.ascontiguousarray(self._transform(image=picture)["image"]))


class RecipeDataset(Dataset[Item]):
    """Read pictures as our training does, and vary them by a recipe."""

    def __init__(self, samples: Sequence[Sample], preprocessing: PreprocessingSpec, recipe: Recipe) -> None:
        self._samples = samples
        self._preprocessing = preprocessing
        self._recipe = recipe

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._samples)

    def __getitem__(self, index: int) -> Item:
        """Return one picture."""
        sample = self._samples[index]
        return self._recipe(read_at_model_size(sample, self._preprocessing)), sample.label
