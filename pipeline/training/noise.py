"""Add the training's Gaussian noise on the device (the paper, section 4.2)."""

import torch
from torch import Tensor

from data_tools.randomness import Key, keyed_seed


def device_generator(device: torch.device, *key: Key) -> torch.Generator:
    """Return a generator on a device that depends on the key's parts alone."""
    return torch.Generator(device=device).manual_seed(keyed_seed(*key) % 2**63)


def noised(pictures: Tensor, sigma: float, generator: torch.Generator) -> Tensor:
    """Compute clip(x + σ/255 · n, 0, 1) with standard normal n.

    Args:
        pictures: (B, 3, H, W) in [0, 1], before normalisation.
        sigma: Standard deviation in grey levels (0..255).
        generator: On the pictures' device.
    """
    noise = torch.randn(pictures.shape, generator=generator, device=pictures.device, dtype=pictures.dtype)
    return (pictures + (sigma / 255) * noise).clamp(0, 1)
