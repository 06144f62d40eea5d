"""Tell when each frame of a video was shown, and which frames are nearest to the sample times."""

import bisect
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import cv2

from data_tools.errors import InputError

_MAX_FPS = 1000.0
_MIN_STEP_S = 1.0 / _MAX_FPS
_MAX_STEP_S = 60.0
_EXACT_S = 1e-9
_REPORT_EVERY = 200


class UnreadableVideoError(InputError):
    """A file that is no usable video."""


class Clock(NamedTuple):
    """Hold the frames' times, seconds from the first frame."""

    times_s: list[float]
    end_s: float
    """The last frame's time and one median step more."""
    promised: int
    """Frames that the container promises; 0 when it does not say."""


def read_clock(video: Path, on_frame: Callable[[int, int], None]) -> Clock:
    """Decode a video once to learn the time of every frame; no picture is kept.

    The container's own time stamps count if they are plausible: rising by 1 ms to 60 s from frame to frame. That
    covers variable frame rates. Otherwise the frame's index divided by the container's frame rate counts.

    Raises:
        UnreadableVideoError: The file cannot be opened, holds no frame, or has neither plausible time stamps nor a
            frame rate.
    """
    capture = open_video(video)
    try:
        rate = float(capture.get(cv2.CAP_PROP_FPS))
        promised = max(0, round(_finite(float(capture.get(cv2.CAP_PROP_FRAME_COUNT)))))
        stamps: list[float] = []
        while capture.grab():
            stamps.append(float(capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000.0)
            if len(stamps) % _REPORT_EVERY == 0:
                on_frame(len(stamps), max(promised, len(stamps)))
    finally:
        capture.release()
    if not stamps:
        raise UnreadableVideoError(f"{video}: expected a video, but no frame of it can be decoded")
    times_s = frame_times(stamps, rate)
    if times_s is None:
        raise UnreadableVideoError(f"{video}: expected time stamps that rise or a frame rate, got {rate:g} frames/s")
    steps = sorted(after - before for before, after in pairwise(times_s))
    step_s = steps[len(steps) // 2] if steps else (1.0 / rate if 0 < rate <= _MAX_FPS else _MIN_STEP_S)
    return Clock(times_s, round(times_s[-1] + step_s, 6), promised)


def frame_times(stamps_s: list[float], rate: float) -> list[float] | None:
    """Return the frames' times from the first one, rounded to 1 µs; None when nothing plausible is known.

    Args:
        stamps_s: The container's time stamps.
        rate: The container's frame rate, 1/s.
    """
    steps = [after - before for before, after in pairwise(stamps_s)]
    # The first stamp may be anything; the slack is what binary fractions of milliseconds lose.
    if all(_MIN_STEP_S - 1e-6 <= step <= _MAX_STEP_S for step in steps) and (steps or stamps_s[0] >= 0):
        return [round(stamp - stamps_s[0], 6) for stamp in stamps_s]
    if not (math.isfinite(rate) and 0 < rate <= _MAX_FPS):
        return None
    return [round(index / rate, 6) for index in range(len(stamps_s))]


def nearest_frames(times_s: list[float], end_s: float, fps: float) -> list[int]:
    """Return the indices of the frames nearest to k / `fps` for k = 0, 1, … before `end_s`, each once, rising.

    Of two frames equally near, the earlier counts. A frame nearest to several sample times counts once.
    """
    chosen: list[int] = []
    k = 0
    while (time_s := k / fps) < end_s - _EXACT_S:
        after = bisect.bisect_left(times_s, time_s)
        if after == len(times_s) or (after and time_s - times_s[after - 1] <= times_s[after] - time_s + _EXACT_S):
            after -= 1
        if not chosen or after > chosen[-1]:
            chosen.append(after)
        k += 1
    return chosen


def open_video(video: Path) -> cv2.VideoCapture:
    """Open a video.

    Raises:
        UnreadableVideoError: OpenCV cannot.
    """
    # An absolute path is never taken for a protocol such as `concat:`.
    try:
        capture = cv2.VideoCapture(str(video.absolute()))
    except cv2.error as error:
        raise UnreadableVideoError(f"{video}: expected a video, but OpenCV cannot open it") from error
    if not capture.isOpened():
        raise UnreadableVideoError(f"{video}: expected a video, but OpenCV cannot open it")
    return capture


def _finite(value: float) -> float:
    """Return the value, or 0 for what is no number."""
    return value if math.isfinite(value) else 0.0
