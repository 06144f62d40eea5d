"""Decide whether two thumbnails show the same shot, given that their hashes are alike."""

import cv2
import numpy as np
import numpy.typing as npt

from data_tools.duplicates.crops import THUMBNAIL_PX, thumbnail
from data_tools.duplicates.phash import ByteLuma

MIN_SIMILARITY = 0.75
"""Least similarity of the same shot: above that of different roads of alike layout, below that of real copies."""

Detail = npt.NDArray[np.float32]

_PATCH = slice(10, THUMBNAIL_PX - 10)
_COARSE = (0.88, 0.94, 1.0, 1.06, 1.12)
_FINE = (-0.03, 0.0, 0.03)
_COARSEST_SIGMA_PX = 4.0
_CONTRAST_SIGMA_PX = 3.0
_CONTRAST_FLOOR = 0.3
_LEAST_DETAIL = 0.25
"""In grey levels: rounding to 8 bits alone leaves about 0.3."""


def similarity(first: ByteLuma, second: ByteLuma, *, mirrored: bool = False) -> float:
    """Return how well the middle of one picture is found again in another.

    Both lose their low frequencies and are brought to even local contrast, so that neither exposure nor a shared
    layout (bright sky, dark road, one strong horizon) counts, only detail. Then the middle 69 % of the second is
    stretched by 0.85 to 1.15 in either direction, coarse steps first, and searched in the first; the best
    normalised cross-correlation is the answer. This covers crops of up to 6 % at every side of either picture.

    Args:
        first: Thumbnail (see `data_tools.duplicates.crops.thumbnail`), shape (H, W).
        second: The other thumbnail.
        mirrored: Mirror the second left to right first.

    Returns:
        0 (nothing in common, or a picture without detail) to 1 (the same), rounded to 4 decimals. Copies of real road
        pictures reach 0.8 and more; different roads of alike layout stay below 0.7.
    """
    whole = _detail(thumbnail(first))
    other = _detail(thumbnail(second))
    patch = np.ascontiguousarray((other[:, ::-1] if mirrored else other)[_PATCH, _PATCH])
    if not patch.any() or not whole.any():
        return 0.0
    best, tall, wide = max((_match(whole, patch, tall, wide), tall, wide) for tall in _COARSE for wide in _COARSE)
    fine = max(_match(whole, patch, tall + up, wide + out) for up in _FINE for out in _FINE if up or out)
    return round(min(max(best, fine, 0.0), 1.0), 4)


def _detail(luma: ByteLuma) -> Detail:
    """Remove low frequencies and divide by the local contrast; without any detail all is 0."""
    grey = luma.astype(np.float32)
    detail = grey - _blur(grey, _COARSEST_SIGMA_PX)
    overall = float(detail.std())
    if overall < _LEAST_DETAIL:
        return np.zeros_like(detail)
    local = np.sqrt(_blur(detail * detail, _CONTRAST_SIGMA_PX))
    return np.asarray(detail / (local + _CONTRAST_FLOOR * overall), dtype=np.float32)


def _blur(values: Detail, sigma_px: float) -> Detail:
    """Smooth with a Gaussian; the border is mirrored."""
    blurred = cv2.GaussianBlur(values, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(blurred, dtype=np.float32)


def _match(whole: Detail, patch: Detail, tall: float, wide: float) -> float:
    """Return the best normalised cross-correlation of a stretched patch at any place."""
    size = (round(patch.shape[1] * wide), round(patch.shape[0] * tall))
    stretched = cv2.resize(patch, size, interpolation=cv2.INTER_LINEAR)
    return float(cv2.matchTemplate(whole, stretched, cv2.TM_CCOEFF_NORMED).max())
