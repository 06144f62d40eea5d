"""Make pictures with one thing wrong, and facts with one value out of line."""

import cv2
import numpy as np

from data_tools.dataset.facts import PictureFacts
from data_tools.dataset.measure import measure
from tests.data_tools.pictures import encode, noise

GOOD = PictureFacts(
    height_px=400,
    width_px=500,
    format="jpeg",
    orientation=1,
    brightness=0.48,
    contrast=0.21,
    sharpness=0.48,
    entropy_bits=7.3,
    chroma=0.09,
    phash="0123456789abcdef",
)
"""The medians of real road pictures."""


def good_picture(height: int = 192, width: int = 256) -> np.ndarray:
    """Return a coloured picture with detail at every scale, as natural ones have it."""
    total = np.zeros((height, width, 3), np.float32)
    for step in (1, 2, 4, 8, 16, 32):
        small = noise("good", step, height=height // step + 1, width=width // step + 1).astype(np.float32)
        total += cv2.resize(small - 127.5, (width, height), interpolation=cv2.INTER_CUBIC) * step**0.1 / 5
    return np.clip(127.5 + total, 0, 255).astype(np.uint8)


def grain(height: int, width: int, sigma: float) -> np.ndarray:
    """Return noise of a standard deviation around 0, the same in the three channels."""
    return (noise("grain", height=height, width=width)[..., :1].astype(np.float32) - 127.5) / 73.9 * sigma


def measured(picture: np.ndarray) -> PictureFacts:
    """Encode a picture as JPEG and measure it."""
    data = encode(np.clip(picture, 0, 255).astype(np.uint8), ".jpg")
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    return measure(data, np.asarray(decoded, dtype=np.uint8))
