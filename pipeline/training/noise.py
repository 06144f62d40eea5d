"""Add the training's Gaussian noise on the device (the paper, section 4.2)."""

import torch
from torch import Tensor

from data_tools.randomness import Key, keyed_seed


def device_generator(device: torch.device, *key: Key) -> torch.Generator:
    """Return a generator on a device that depends on the key's parts alone."""
    return torch.Generator(device=device).manual_seed(keyed_seed(*key) % 2**63)


def noised(pictures: Tensor, sigma: float, generator: torch.Generator, *, sigma_from: float | None = None) -> Tensor:
    """Compute clip(x + σ/255 · n, 0, 1) with standard normal n.

    Args:
        pictures: (B, 3, H, W) in [0, 1], before normalisation.
        sigma: Standard deviation in grey levels (0..255).
        generator: On the pictures' device.
        sigma_from: Each picture draws its σ, uniform from this to `sigma`; None: always `sigma`.

    Returns:
        (B, 3, H, W) in the pictures' memory layout; the draws do not depend on it.
    """
    noise = torch.randn(pictures.shape, generator=generator, device=pictures.device, dtype=pictures.dtype)
    if sigma_from is None:
        return pictures.add(noise, alpha=sigma / 255).clamp_(0, 1)
    shares = torch.rand((len(pictures), 1, 1, 1), generator=generator, device=pictures.device, dtype=pictures.dtype)
    levels = (sigma_from + (sigma - sigma_from) * shares) / 255
    return pictures.add(noise.mul_(levels)).clamp_(0, 1)
