"""Write videos whose frames tell their own number by their brightness."""

from pathlib import Path

import cv2
import numpy as np

STEP = 5
"""Grey levels from frame to frame: more than JPEG loses."""


def write_video(path: Path, frames: int, rate: float, code: str = "MJPG") -> Path:
    """Write up to 50 frames; frame i is grey with the value i · STEP."""
    assert frames * STEP <= 256
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), rate, (64, 48))
    assert writer.isOpened()
    for index in range(frames):
        writer.write(np.full((48, 64, 3), index * STEP, np.uint8))
    writer.release()
    return path


def frame_number(picture: Path) -> int:
    """Return which frame a written picture is, for a video whose codec keeps the brightness."""
    return round(brightness(picture) / STEP)


def brightness(picture: Path) -> float:
    """Return a picture's mean grey level."""
    return float(cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE).mean())


def decoded_brightness(video: Path) -> np.ndarray:
    """Return the mean grey level of every frame as it is decoded one after the other."""
    capture = cv2.VideoCapture(str(video))
    levels = []
    while (read := capture.read())[0]:
        levels.append(read[1].mean())
    capture.release()
    return np.array(levels)


def write_labels(path: Path, *rows: tuple[object, object, object]) -> Path:
    """Write a label table."""
    path.write_text("start_s,end_s,label\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows))
    return path
