"""Make pictures, encoded files and folders of them for the tests of the floor."""

from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from data_tools.randomness import keyed_generator

CLASSES = ("dry", "wet", "snow")


def gradient(height: int = 48, width: int = 64) -> np.ndarray:
    """Return a smooth RGB picture whose four corners differ, so that a turn or a channel swap shows."""
    rows, columns = np.mgrid[0:height, 0:width]
    channels = [rows * 255 / max(height - 1, 1), columns * 255 / max(width - 1, 1), 255 - rows * 200 / max(height, 1)]
    return np.stack(channels, axis=-1).astype(np.uint8)


def noise(*key: str | int, height: int = 24, width: int = 32) -> np.ndarray:
    """Return a random RGB picture that its key determines."""
    return keyed_generator("tests", *key).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encode(picture: np.ndarray, suffix: str, options: tuple[int, ...] = ()) -> bytes:
    """Encode an RGB, grey or 16-bit picture with OpenCV."""
    ordered = picture[..., ::-1] if picture.ndim == 3 else picture
    done, data = cv2.imencode(suffix, ordered, options)
    assert done
    return data.tobytes()


def encode_pillow(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Encode a Pillow picture, for the modes that OpenCV does not write."""
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def write(path: Path, data: bytes) -> Path:
    """Write bytes, making the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def write_picture(path: Path, *key: str | int) -> Path:
    """Write a random picture that its key (by default its path's last three parts) determines."""
    return write(path, encode(noise(*(key or path.parts[-3:])), path.suffix))


def class_folders(root: Path, groups: int = 4, frames: int = 2, classes: tuple[str, ...] = CLASSES) -> Path:
    """Write `root/<class>/<class>_<group>/<frame>.png`."""
    for label in classes:
        for group in range(groups):
            for frame in range(frames):
                write_picture(root / label / f"{label}_{group}" / f"{frame}.png")
    return root
