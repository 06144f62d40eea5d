"""Hash the crops of a thumbnail, so that a slightly cropped copy is found by an index of whole pictures."""

import cv2
import numpy as np

from data_tools.duplicates.phash import ACROSS, DOWN, ByteLuma, Hashes, cosines, pack

THUMBNAIL_PX = 64

# Chosen on real pictures: the cuts that bring crops of 1 to 6 % a side nearest to one of 16 hashes.
_CUTS = tuple((before, after) for before in (0.005, 0.05) for after in (0.005, 0.05))
_STRETCHES = np.concatenate(
    [cosines(THUMBNAIL_PX * before, THUMBNAIL_PX * (1 - after), THUMBNAIL_PX) for before, after in _CUTS]
)
CROPS = len(_CUTS) ** 2


def thumbnail(luma: ByteLuma) -> ByteLuma:
    """Return a picture stretched to 64 × 64 px, which search and verification look at.

    Args:
        luma: Shape (H, W), uint8.
    """
    if luma.shape == (THUMBNAIL_PX, THUMBNAIL_PX):
        return luma
    small = cv2.resize(luma, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def crop_hashes(luma: ByteLuma) -> Hashes:
    """Return the hashes of a picture that lost half a per cent or 5 % at each of its four sides.

    A copy cropped by 5 % a side lies 4 to 15 bits away from its original, beyond the radius that an index of a million
    pictures affords, but nearly always at most 6 from one of these 16. A crop needs no pixels: the DCT-II is
    separable, so 4 stretches of rows times 4 of columns are two small matrix products, exact in whole numbers.

    Args:
        luma: A thumbnail (see `thumbnail`); other sizes are reduced first.

    Returns:
        Shape (16,).
    """
    products = _STRETCHES @ thumbnail(luma).astype(np.float64) @ _STRETCHES.T
    side = len(_CUTS)
    blocks = products.reshape(side, -1, side, len(_STRETCHES) // side).transpose(0, 2, 1, 3)
    return pack(blocks[:, :, DOWN, ACROSS].reshape(side * side, -1))
