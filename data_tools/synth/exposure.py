"""Camera response: metering, white balance, tone curve, blur, noise."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from data_tools.synth.arrays import ByteImage, FloatImage, Rgb

_CODES = 4096
_WHITE = 16.0
"""Largest exposed radiance that the tone table holds."""

_CARD = 0.28
"""Albedo that shows at the target when the camera meters the light on the scene."""


@dataclass(frozen=True)
class Exposure:
    """Hold how the camera turns radiance into a picture.

    Attributes:
        target: Display value that the metering aims at, 0 to 1.
        scene_weight: Share of metering by the picture's mean, against by the light that
            falls on the scene, 0 to 1.
        balance: Strength of the automatic white balance, 0 to 1.
        tint: Colour cast after the white balance.
        saturation: Colour strength.
        contrast: Exponent of the tone curve.
        noise: Deviation of the sensor noise in display units.
        blur_px: Lens blur at 500 px width.
        vignette: Darkening of the corners, 0 to 1.
        veil: Share of stray light, 0 to 1.
    """

    target: float
    scene_weight: float
    balance: float
    tint: Rgb
    saturation: float
    contrast: float
    noise: float
    blur_px: float
    vignette: float
    veil: float


def draw_exposure(rng: np.random.Generator) -> Exposure:
    """Draw a camera and its settings."""
    red, blue = np.exp(rng.normal(0.0, (0.07, 0.09)))
    return Exposure(
        target=float(rng.uniform(0.36, 0.58)),
        scene_weight=float(rng.uniform(0.0, 0.7)),
        balance=float(rng.uniform(0.0, 0.9)),
        tint=(float(red), 1.0, float(blue)),
        saturation=float(rng.uniform(0.55, 1.15)),
        contrast=float(rng.uniform(1.0, 1.6)),
        noise=float(rng.uniform(0.003, 0.014)),
        blur_px=float(max(0.0, rng.uniform(-0.4, 0.8))),
        vignette=float(rng.uniform(0.0, 0.3)),
        veil=float(rng.uniform(0.0, 0.06)),
    )


@dataclass(frozen=True)
class Metering:
    """Hold the gains that the camera fixed at the start of a drive.

    Attributes:
        gains: Factor of each colour channel, shape (3,).
        table: Display value of each code of the root of the exposed radiance.
    """

    gains: NDArray[np.float32]
    table: NDArray[np.uint8]


def meter(exposure: Exposure, image: FloatImage, light: float) -> Metering:
    """Choose gains for a drive from its first picture.

    Args:
        exposure: Camera settings.
        image: Linear radiance of the first frame, shape (H, W, 3).
        light: Light that falls on the scene (irradiance over pi).
    """
    small = image[::6, ::6].reshape(-1, 3).astype(np.float64)
    means = small.mean(axis=0)
    balance = (means.mean() / means) ** exposure.balance
    gains = balance * np.asarray(exposure.tint)
    low, high = 1e-3, 1e3
    for _ in range(24):
        middle = float(np.sqrt(low * high))
        shown = _tone(small * (gains * middle), exposure.contrast).mean()
        low, high = (middle, high) if shown < exposure.target else (low, middle)
    card = -np.log(1.0 - exposure.target ** (2.2 / exposure.contrast)) / (_CARD * light)
    gains = gains * low**exposure.scene_weight * card ** (1.0 - exposure.scene_weight)
    codes = (np.arange(_CODES) / (_CODES - 1)) ** 2 * _WHITE
    table = np.rint(_tone(codes, exposure.contrast) * 255.0).astype(np.uint8)
    return Metering(gains=gains.astype(np.float32), table=table)


def follow(before: Metering, wanted: Metering, share: float) -> Metering:
    """Return gains that have gone part of the way to what the camera now wants, in octaves."""
    gains = before.gains * (wanted.gains / before.gains) ** np.float32(min(1.0, share))
    return Metering(gains=np.asarray(gains, dtype=np.float32), table=wanted.table)


def expose(exposure: Exposure, metering: Metering, image: FloatImage, rng: np.random.Generator) -> ByteImage:
    """Turn radiance into a display picture.

    Args:
        exposure: Camera settings.
        metering: Gains of the drive.
        image: Linear radiance, shape (H, W, 3).
        rng: Source of the sensor noise.

    Returns:
        Display RGB, shape (H, W, 3), uint8.
    """
    height_px, width_px = image.shape[:2]
    grey = np.array([0.25, 0.60, 0.15])
    colours = grey + (np.eye(3) - grey) * exposure.saturation
    matrix = colours * metering.gains
    stray = exposure.veil * (matrix @ np.array(cv2.mean(image)[:3]))
    lit = np.asarray(cv2.transform(image, np.column_stack([matrix, stray])), dtype=np.float32)
    sigma_px = exposure.blur_px * width_px / 500.0
    if sigma_px > 0.15:
        lit = np.asarray(cv2.GaussianBlur(lit, (0, 0), sigma_px), dtype=np.float32)
    lit *= _corner_falloff(exposure.vignette, height_px, width_px)
    np.maximum(lit, 0.0, out=lit)
    scale = (_CODES - 1) / _WHITE**0.5
    noise = rng.standard_normal((height_px, width_px), dtype=np.float32)
    noise *= np.float32(exposure.noise * scale * 1.5)
    codes = np.sqrt(lit, out=lit)
    codes *= np.float32(scale)
    codes += cv2.merge([noise, noise, noise])
    np.clip(codes, 0.0, _CODES - 1, out=codes)
    return np.take(metering.table, codes.astype(np.uint16), mode="clip")


@lru_cache(maxsize=4)
def _corner_falloff(strength: float, height_px: int, width_px: int) -> FloatImage:
    """Return the lens' falloff towards the corners, shape (H, W, 3)."""
    rows = np.linspace(-1.0, 1.0, height_px, dtype=np.float32)[:, None]
    cols = np.linspace(-1.0, 1.0, width_px, dtype=np.float32)[None, :]
    falloff = 1.0 - np.float32(strength * 0.5) * (rows * rows + cols * cols)
    return np.asarray(cv2.merge([falloff, falloff, falloff]), dtype=np.float32)


def _tone(radiance: NDArray[np.float64], contrast: float) -> NDArray[np.float64]:
    """Map exposed radiance to display values 0 to 1.

    An exponential shoulder, then a power close to 1 / 2.2.
    """
    shown = (1.0 - np.exp(-radiance)) ** (contrast / 2.2)
    return np.asarray(shown, dtype=np.float64)
