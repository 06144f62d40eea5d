"""Measure a picture while it is open: size, light, contrast, sharpness, colour and perceptual hash.

Every luma fact is taken on one small level (short side 128..255 px), which costs a fraction of the decoding and makes
the figures of a 12-megapixel photo and of a 256 px crop comparable.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from data_tools.dataset.facts import PictureFacts
from data_tools.duplicates.crops import thumbnail
from data_tools.duplicates.phash import perceptual_hash
from data_tools.images.decode import MIN_SIDE_PX, Picture
from data_tools.images.exif import exif_orientation
from data_tools.images.tiff_directory import is_tiff

Luma = npt.NDArray[np.uint8]
"""(H, W), 0..255."""
Plane = npt.NDArray[np.integer | np.floating]
"""(H, W), of the type that OpenCV was given."""

_LEVEL_SIDE_PX = 128
_CHROMA_SAMPLES = 64
_NETPBM_DIGITS = (b"1", b"2", b"3", b"4", b"5", b"6")
_DECIMALS = 4
_ENERGY_FLOOR = 0.2
"""Gradient energy (grey levels squared) below which a direction counts as empty: the noise of rounding to 8 bit."""


class _Tensor(NamedTuple):
    """Hold a symmetric 2 × 2 matrix."""

    across: float
    mixed: float
    down: float


def measure(data: bytes, picture: Picture, level: Luma | None = None, small: Luma | None = None) -> PictureFacts:
    """Describe one decoded picture.

    Args:
        data: The encoded file: its first bytes name the container, its EXIF block the orientation.
        picture: (H, W, 3) uint8 RGB with the orientation applied, at least `MIN_SIDE_PX` on each side.
        level: `luma_level(picture)`, if the caller has it already.
        small: `thumbnail(level)`, if the caller has it already.

    Raises:
        ValueError: The picture is smaller, or not (H, W, 3).
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or min(picture.shape[:2]) < MIN_SIDE_PX:
        raise ValueError(f"expected a (H, W, 3) picture of {MIN_SIDE_PX} px or more a side, got {picture.shape}")
    if level is None:
        level = luma_level(picture)
    if small is None:
        small = thumbnail(level)
    shares = _histogram(level)
    grey = np.arange(256) / 255
    brightness = float(shares @ grey)
    contrast = float(np.sqrt(shares @ (grey - brightness) ** 2))
    return PictureFacts(
        height_px=picture.shape[0],
        width_px=picture.shape[1],
        format=container(data),
        orientation=exif_orientation(data),
        brightness=round(brightness, _DECIMALS),
        contrast=round(contrast, _DECIMALS),
        sharpness=round(sharpness(level), _DECIMALS),
        entropy_bits=round(_entropy_bits(shares), _DECIMALS),
        chroma=round(chroma(picture), _DECIMALS),
        phash=f"{perceptual_hash(small):016x}",
    )


def luma_level(picture: Picture) -> Luma:
    """Return the luma (ITU-R BT.601), halved by 2×2 means while its short side is 256 px or more.

    Args:
        picture: (H, W, 3) uint8 RGB.

    Returns:
        (h, w) uint8; a last odd row or column is left out of a halving.
    """
    level: Plane = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    while min(level.shape) >= 2 * _LEVEL_SIDE_PX:
        level = _means(level, 2)
    return np.asarray(level, dtype=np.uint8)


def container(data: bytes) -> str:
    """Return the container by its first bytes: jpeg, png, bmp, webp, tiff or ppm; "other" for any other."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if is_tiff(data):
        return "tiff"
    if data[:1] == b"P" and data[1:2] in _NETPBM_DIGITS:
        return "ppm"
    starts = {b"\xff\xd8": "jpeg", b"\x89PNG": "png", b"BM": "bmp"}
    return next((name for start, name in starts.items() if data.startswith(start)), "other")


def sharpness(level: Luma) -> float:
    """Return the share of fine detail in the direction that has least of it.

    It is √λ for the smallest generalised eigenvalue λ of (fine, coarse): the structure tensors of the 2×2 means at
    steps of 1 px and of the 4×4 means at steps of 4 px. A ratio of gradients is free of contrast, so that fog is not
    blur; the smallest eigenvalue is the direction of a motion blur, whatever way it points; means over 2×2 px keep
    noise from passing for detail. Large pictures are brought to a short side of 128 px before.

    Args:
        level: (h, w) luma.

    Returns:
        About 0.3 or less for blurred pictures, 0.35 to 0.9 for clear ones, √2 for white noise; 0 for a flat one.
    """
    short, long = min(level.shape), max(level.shape)
    if short > _LEVEL_SIDE_PX:
        other = round(long * _LEVEL_SIDE_PX / short)
        size = (other, _LEVEL_SIDE_PX) if level.shape[0] == short else (_LEVEL_SIDE_PX, other)
        level = np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    values = level.astype(np.float32)
    rows = values[1:] + values[:-1]
    fine = _structure_tensor((rows[:, 1:] + rows[:, :-1]) / 4)
    coarse = _structure_tensor(_means(values, 4))
    across, mixed, down = coarse.across + _ENERGY_FLOOR, coarse.mixed, coarse.down + _ENERGY_FLOOR
    determinant = across * down - mixed**2
    half_trace = (down * fine.across - 2 * mixed * fine.mixed + across * fine.down) / (2 * determinant)
    product = (fine.across * fine.down - fine.mixed**2) / determinant
    smallest = half_trace - math.sqrt(max(half_trace**2 - product, 0.0))
    return math.sqrt(max(smallest, 0.0))


def chroma(picture: Picture) -> float:
    """Return the mean of the largest minus the smallest channel, 0..1, on a grid of 64 or more pixels a side."""
    step = max(min(picture.shape[:2]) // _CHROMA_SAMPLES, 1)
    sample = picture[step // 2 :: step, step // 2 :: step]
    red, green, blue = sample[..., 0], sample[..., 1], sample[..., 2]
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return float(spread.mean()) / 255


def _structure_tensor(values: Plane) -> _Tensor:
    """Return the mean outer product of the gradient by forward differences."""
    across = (values[:-1, 1:] - values[:-1, :-1]).ravel()
    down = (values[1:, :-1] - values[:-1, :-1]).ravel()
    count = across.size
    return _Tensor(float(across @ across) / count, float(across @ down) / count, float(down @ down) / count)


def _means(values: Plane, factor: int) -> Plane:
    """Return the means of factor × factor blocks; OpenCV's area mode is exact and fast where the sizes divide."""
    height, width = values.shape[0] // factor, values.shape[1] // factor
    whole = values[: height * factor, : width * factor]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))


def _histogram(level: Luma) -> npt.NDArray[np.float64]:
    """Return the share of each grey level, (256,); OpenCV counts three times as fast as `np.bincount`."""
    counts = cv2.calcHist([level], [0], None, [256], [0, 256])
    return np.asarray(counts, dtype=np.float64).ravel() / level.size


def _entropy_bits(shares: npt.NDArray[np.float64]) -> float:
    """Return −Σ p log₂ p (Shannon 1948)."""
    present = shares[shares > 0]
    return float(-(present * np.log2(present)).sum()) + 0.0
