"""Add Gaussian noise to pixels."""

import numpy as np
import numpy.typing as npt

from data_tools.images.decode import Picture
from data_tools.perturbations.registry import register


def draw_noise(shape: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[np.float32]:
    """Draw standard normal noise of a shape."""
    return generator.standard_normal(shape, dtype=np.float32)


def add_noise(picture: Picture, noise: npt.NDArray[np.float32], sigma: float) -> Picture:
    """Compute clip(x + σ·n, 0, 255), rounded to 8 bit (noised(x) of the paper, section 4.2, on the 0..255 scale).

    Args:
        picture: (H, W, 3) uint8.
        noise: (H, W, 3) standard normal.
        sigma: Standard deviation in grey levels, so 40 stands for the paper's 40/255.
    """
    noisy = picture.astype(np.float32) + np.float32(sigma) * noise
    rounded: Picture = np.rint(noisy.clip(0, 255)).astype(np.uint8)
    return rounded


@register("gaussian_noise")
def gaussian_noise(picture: Picture, severity: float, generator: np.random.Generator) -> Picture:
    """Add Gaussian noise; severity is σ in grey levels (0..255)."""
    return add_noise(picture, draw_noise(picture.shape, generator), severity)
