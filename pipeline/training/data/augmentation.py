"""Choose how training pictures are varied; every draw comes from a key."""

from typing import Protocol

from data_tools.images.decode import Picture
from pipeline.training.augmentation_config import AugmentationConfig, CropFlipAugmentation
from pipeline.training.data.crop_flip import CropFlip
from pipeline.training.data.road import Road


class Augmentation(Protocol):
    """Vary pictures with draws from (purpose, seed, epoch, image id, repeat) and nothing else."""

    def __call__(self, picture: Picture, image_id: str, epoch: int, repeat: int = 0) -> Picture:
        """Vary one picture.

        Args:
            picture: (H, W, 3) uint8 RGB at model size.
            image_id: The picture's path in its data set.
            epoch: 0-based epoch.
            repeat: How often the picture was drawn before in this epoch.

        Returns:
            (H, W, 3) uint8 RGB.
        """
        ...


def build_augmentation(config: AugmentationConfig, seed: int, purpose: str = "augment") -> Augmentation:
    """Build the augmentation that a configuration names.

    Args:
        config: Strengths and probabilities.
        seed: The training's seed.
        purpose: First part of the key; another one gives other draws.
    """
    if isinstance(config, CropFlipAugmentation):
        return CropFlip(config, seed, purpose)
    return Road(config, seed, purpose)
