"""Make camera frames from golden pictures, and time the way from a frame to a decision."""

import cv2
import numpy as np
import numpy.typing as npt

from data_tools.images.decode import decode_bytes
from export.runtime.session import Classifier

JPEG_QUALITY = 90


def encode_frames(
    pictures: npt.NDArray[np.uint8], count: int, height_px: int, width_px: int, quality: int = JPEG_QUALITY
) -> list[bytes]:
    """Scale golden pictures to frame size, in turn, and encode them as JPEG.

    An enlarged picture is smoother than a camera's, so its file is smaller and decodes somewhat faster.

    Args:
        pictures: (N, H, W, 3) uint8 RGB, N >= 1.
        count: Number of frames.
        height_px: Frame height.
        width_px: Frame width.
        quality: JPEG quality, 0..100.
    """
    frames = []
    for index in range(count):
        picture = cv2.resize(pictures[index % len(pictures)], (width_px, height_px), interpolation=cv2.INTER_CUBIC)
        flags = [cv2.IMWRITE_JPEG_QUALITY, quality]
        _, encoded = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), flags)
        frames.append(encoded.tobytes())
    return frames


def decide(classifier: Classifier, frames: list[bytes]) -> npt.NDArray[np.int64]:
    """Decode frames, bring them to model size, run the network, and return the class index of each, (B,)."""
    batch = np.stack([classifier.prepare(decode_bytes(frame)) for frame in frames])
    return np.asarray(classifier.run(batch).probabilities.argmax(axis=1), dtype=np.int64)
