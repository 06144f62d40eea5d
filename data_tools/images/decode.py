"""Decode a picture file to 8-bit RGB, or say why it cannot be used."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from data_tools.errors import InputError
from data_tools.images.claimed_size import claimed_pixels
from data_tools.images.completeness import is_truncated

Picture = npt.NDArray[np.uint8]
"""(H, W, 3), RGB."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm"})
MIN_SIDE_PX = 16
MAX_PIXELS = 100_000_000

# A file that OpenCV cannot decode becomes one error here; its own lines on stderr would say it again, and longer.
# (OpenCV 5 moved the function; 0 is LOG_LEVEL_SILENT in both.)
(cv2.setLogLevel if hasattr(cv2, "setLogLevel") else cv2.utils.logging.setLogLevel)(0)


class UnreadablePictureError(InputError):
    """A file that is no usable picture; `reason` is a short code, the message says more."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def decode_bytes(data: bytes, name: str = "picture") -> Picture:
    """Decode an encoded picture to (H, W, 3) uint8 RGB.

    The EXIF orientation is applied; CMYK, grey and palette pictures become RGB; 16-bit samples are scaled to
    8 bit; an alpha channel is dropped.

    Args:
        data: The encoded file.
        name: What to call it in messages.

    Raises:
        UnreadablePictureError: Empty, not a picture, truncated, larger than `MAX_PIXELS`, or a side below
            `MIN_SIDE_PX`.
    """
    if not data:
        raise UnreadablePictureError("empty", f"{name}: expected a picture, but the file is empty")
    if is_truncated(data):
        raise UnreadablePictureError("truncated", f"{name}: the file breaks off before the picture's end")
    if claimed_pixels(data) > MAX_PIXELS:
        raise UnreadablePictureError("too_large", f"{name}: claims more than {MAX_PIXELS:,} pixels")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error as error:
        raise UnreadablePictureError("undecodable", f"{name}: OpenCV cannot decode it") from error
    if picture is None:
        raise UnreadablePictureError(
            "undecodable",
            f"{name}: expected a picture (JPEG, PNG, BMP, WebP, TIFF, PPM), but OpenCV finds none",
        )
    height, width = picture.shape[:2]
    if height * width > MAX_PIXELS:
        raise UnreadablePictureError("too_large", f"{name}: has more than {MAX_PIXELS:,} pixels")
    if min(height, width) < MIN_SIDE_PX:
        raise UnreadablePictureError(
            "too_small", f"{name}: is {width}×{height} px, expected at least {MIN_SIDE_PX} px on each side"
        )
    return np.asarray(picture, dtype=np.uint8)


def read_bytes(path: Path, name: str | None = None) -> bytes:
    """Read a picture file's bytes.

    Args:
        path: The file.
        name: What to call it in messages; the path when None.

    Raises:
        UnreadablePictureError: The file is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadablePictureError("missing", f"{name or path}: no such file") from error
    except OSError as error:
        raise UnreadablePictureError("unreadable", f"{name or path}: cannot be read ({error.strerror})") from error


def read_picture(path: Path) -> Picture:
    """Read and decode a picture file (see `decode_bytes`).

    Raises:
        UnreadablePictureError: The file cannot be read or is no usable picture.
    """
    return decode_bytes(read_bytes(path), str(path))
