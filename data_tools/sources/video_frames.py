"""Write the labelled sample frames of one video, once."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from pydantic import ValidationError

from data_tools.artifacts.atomic import write_text
from data_tools.artifacts.model import Record
from data_tools.errors import InputError
from data_tools.sources.video_clock import UnreadableVideoError, nearest_frames, open_video, read_clock
from data_tools.sources.video_labels import Interval, check_within, label_at
from data_tools.validation import describe

INDEX_NAME = "frames.json"


class Frame(Record):
    """Name a written frame."""

    name: str
    time_s: float
    label: str


class FrameIndex(Record):
    """Say which frames of a video were written, and what was not."""

    frames: tuple[Frame, ...]
    unlabelled: int
    ignored: dict[str, int]
    undecodable: int


class Sampling(NamedTuple):
    """Say which frames of a video are written, and how."""

    intervals: list[Interval]
    """What the video shows when."""
    kept: frozenset[str]
    """Labels that are not ignored."""
    fps: float
    """Samples per second."""
    jpeg_quality: int
    """1..100."""


def write_frames(
    video: Path, table: Path, sampling: Sampling, folder: Path, on_frame: Callable[[int, int], None]
) -> None:
    """Write the sample frames that bear a kept label as `<time in ms, 8 digits>.jpg`, and `frames.json`.

    Frames are sampled at k / `sampling.fps` (see `nearest_frames`); a frame has the label of its own time. The video
    is read twice from its start and never sought in, since seeking is exact in few containers.

    Args:
        video: The video.
        table: Its label table, for messages.
        sampling: Which frames, and how.
        folder: Where the frames go.
        on_frame: Called with (frames done, frames in all).

    Raises:
        UnreadableVideoError: The video cannot be decoded.
        InputError: An interval starts after the video's end.
    """
    clock = read_clock(video, on_frame)
    check_within(sampling.intervals, clock.end_s, table)
    frames: dict[int, Frame] = {}
    unlabelled, ignored = 0, Counter[str]()
    for index in nearest_frames(clock.times_s, clock.end_s, sampling.fps):
        time_s = clock.times_s[index]
        label = label_at(sampling.intervals, time_s)
        if label is None:
            unlabelled += 1
        elif label not in sampling.kept:
            ignored[label] += 1
        else:
            frames[index] = Frame(name=f"{int(time_s * 1000 + 0.5):08d}.jpg", time_s=time_s, label=label)
    _write(video, frames, folder, sampling.jpeg_quality, on_frame)
    written = FrameIndex(
        frames=tuple(frames.values()),
        unlabelled=unlabelled,
        ignored=dict(sorted(ignored.items())),
        undecodable=max(0, clock.promised - len(clock.times_s)),
    )
    write_text(folder / INDEX_NAME, written.model_dump_json(indent=1) + "\n")


def read_index(folder: Path) -> FrameIndex:
    """Read what `write_frames` wrote.

    Raises:
        InputError: The folder was changed.
    """
    path = folder / INDEX_NAME
    try:
        return FrameIndex.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError) as error:
        raise InputError(f"{path}: cannot be read; remove the folder and build again") from error
    except ValidationError as error:
        raise InputError(f"{path}: {describe(error, FrameIndex)}; remove the folder and build again") from error


def _write(
    video: Path, frames: dict[int, Frame], folder: Path, jpeg_quality: int, on_frame: Callable[[int, int], None]
) -> None:
    """Decode up to the last chosen frame and write the chosen ones."""
    capture = open_video(video)
    try:
        for index in range(max(frames, default=-1) + 1):
            grabbed = capture.grab()
            if index not in frames:
                continue
            decoded, picture = capture.retrieve() if grabbed else (False, None)
            if not decoded or picture is None:
                raise UnreadableVideoError(f"{video}: frame {index} was there at first and cannot be decoded now")
            _write_jpeg(folder / frames[index].name, np.asarray(picture, np.uint8), jpeg_quality)
            on_frame(index + 1, max(frames) + 1)
    finally:
        capture.release()


def _write_jpeg(path: Path, picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], quality: int) -> None:
    """Encode a BGR picture."""
    options: Sequence[int] = [cv2.IMWRITE_JPEG_QUALITY, quality]
    done, data = cv2.imencode(".jpg", picture, options)
    if not done:
        raise OSError(f"expected a JPEG encoding of shape {picture.shape} for {path}, got none")
    path.write_bytes(data.tobytes())
