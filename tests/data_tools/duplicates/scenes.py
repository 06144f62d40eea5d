"""Render small road scenes and spoil them the ways copies of pictures are spoilt."""

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np

from data_tools.randomness import keyed_generator
from data_tools.synth.config import SynthConfig
from data_tools.synth.drive import plan_drives, render_drive


@lru_cache(1)
def scenes() -> dict[str, np.ndarray]:
    """Return the luma of two frames of each of 18 drives, 128 × 192 px, by 'drive/frame'."""
    found: dict[str, np.ndarray] = {}
    for drive in plan_drives(SynthConfig(drives_per_class=6, frames_per_drive=2, height=128, width=192)):
        for frame, picture in enumerate(render_drive(drive)):
            found[f"{drive.drive_id}/{frame}"] = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return found


def resized(luma: np.ndarray, factor: float) -> np.ndarray:
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return cv2.resize(luma, None, fx=factor, fy=factor, interpolation=method)


def encoded(luma: np.ndarray, quality: int) -> np.ndarray:
    done, data = cv2.imencode(".jpg", luma, (cv2.IMWRITE_JPEG_QUALITY, quality))
    assert done
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)


def cropped(luma: np.ndarray, top: float, bottom: float, left: float, right: float) -> np.ndarray:
    height, width = luma.shape
    rows = slice(round(top * height), height - round(bottom * height))
    columns = slice(round(left * width), width - round(right * width))
    return np.ascontiguousarray(luma[rows, columns])


def turned(luma: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(luma[:, ::-1])


def brightened(luma: np.ndarray, gain: float, offset: float) -> np.ndarray:
    return np.clip(luma.astype(np.float64) * gain + offset, 0, 255).astype(np.uint8)


SPOILERS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "resize": lambda luma, rng: resized(luma, rng.uniform(0.6, 1.5)),
    "jpeg": lambda luma, rng: encoded(luma, int(rng.integers(30, 96))),
    "mirror": lambda luma, rng: turned(luma),
    "brightness": lambda luma, rng: brightened(luma, rng.uniform(0.9, 1.1), rng.uniform(-8, 8)),
    "crop one side": lambda luma, rng: cropped(luma, *(0.05 * (np.arange(4) == rng.integers(4)))),
    "crop all sides": lambda luma, rng: cropped(luma, *rng.uniform(0.01, 0.05, 4)),
    "all": lambda luma, rng: turned(
        encoded(resized(cropped(luma, *rng.uniform(0.01, 0.04, 4)), rng.uniform(0.7, 1.4)), int(rng.integers(50, 91)))
    ),
}


def spoiled(kind: str, name: str) -> np.ndarray:
    """Return a copy of the scene of that name, spoilt in that way."""
    return SPOILERS[kind](scenes()[name], keyed_generator("spoil", kind, name))
