"""Name the array types that the renderer passes around."""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

FloatMap: TypeAlias = NDArray[np.float32]
"""One value per pixel or texel, shape (H, W)."""

FloatImage: TypeAlias = NDArray[np.float32]
"""Linear RGB radiance or albedo, shape (H, W, 3)."""

ByteImage: TypeAlias = NDArray[np.uint8]
"""Display RGB, shape (H, W, 3)."""

Rgb: TypeAlias = tuple[float, float, float]
"""A linear RGB triple."""


def rgb_array(colour: Rgb) -> NDArray[np.float32]:
    """Return a colour as a float32 vector of shape (3,)."""
    return np.asarray(colour, dtype=np.float32)


def tinted(level: FloatMap, colour: NDArray[np.float32]) -> FloatImage:
    """Return a map times a colour, shape (H, W, 3)."""
    planes = [level * channel for channel in colour]
    return np.asarray(cv2.merge(planes), dtype=np.float32)


def scaled(image: FloatImage, factor: FloatMap) -> FloatImage:
    """Return an image times a map, shape (H, W, 3)."""
    product: FloatImage = np.asarray(cv2.merge([factor, factor, factor]), dtype=np.float32)
    product *= image
    return product


def mix(base: FloatImage, over: FloatImage, weight: FloatMap) -> FloatImage:
    """Blend an image over another.

    Args:
        base: Shape (H, W, 3).
        over: Shape (H, W, 3).
        weight: Share of `over`, 0 to 1, shape (H, W).

    Returns:
        Blended image, shape (H, W, 3).
    """
    blend = over - base
    blend *= cv2.merge([weight, weight, weight])
    blend += base
    return blend


def mix_colour(base: FloatImage, colour: NDArray[np.float32], weight: FloatMap) -> FloatImage:
    """Blend one colour over an image.

    Args:
        base: Shape (H, W, 3).
        colour: Shape (3,).
        weight: Share of `colour`, 0 to 1, shape (H, W).

    Returns:
        Blended image, shape (H, W, 3).
    """
    blend = scaled(base, 1.0 - weight)
    blend += tinted(weight, colour)
    return blend


def ramp(low: NDArray[np.float32], high: NDArray[np.float32], weight: FloatMap) -> FloatImage:
    """Return a mixture of two colours, shape (H, W, 3).

    Args:
        low: Colour at weight 0, shape (3,).
        high: Colour at weight 1, shape (3,).
        weight: Share of `high`, shape (H, W).
    """
    planes = [weight * (b - a) + a for a, b in zip(low, high, strict=True)]
    return np.asarray(cv2.merge(planes), dtype=np.float32)
