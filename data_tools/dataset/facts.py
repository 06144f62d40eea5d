"""Hold what is measured of a picture while it is open."""

from typing import NamedTuple


class PictureFacts(NamedTuple):
    """Describe one decoded picture; every number is rounded, so that a table gives it back exactly.

    Attributes:
        height_px: Height after the EXIF orientation is applied.
        width_px: Width after the EXIF orientation is applied.
        format: Container by its first bytes: jpeg, png, bmp, webp, tiff or ppm.
        orientation: EXIF tag 0x0112 as stored; 1 when it is absent.
        brightness: Mean luma, 0..1.
        contrast: Standard deviation of luma, 0..1.
        sharpness: Gradient at 1 px relative to that at 4 px in the poorest direction; see `data_tools.dataset.measure`.
        entropy_bits: Entropy of the 8-bit luma histogram, 0..8.
        chroma: Mean of the largest minus the smallest channel, 0..1; 0 for a grey picture.
        phash: 64-bit perceptual hash, 16 hexadecimal digits.
    """

    height_px: int
    width_px: int
    format: str = ""
    orientation: int = 1
    brightness: float = 0.5
    contrast: float = 0.2
    sharpness: float = 1.0
    entropy_bits: float = 7.0
    chroma: float = 0.1
    phash: str = "0000000000000000"
