"""Draw one tile of a contact sheet: one or two pictures in frames, with a caption below."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from data_tools.checks.issues import IssueRecord
from data_tools.checks.lettering import Colour, fit, to_ascii, width_of, write_line
from data_tools.checks.twins import twin_of, without_twin
from data_tools.images.decode import Picture, UnreadablePictureError

OpenPicture = Callable[[str], Picture]
"""Open a picture by its path in the listing; raises UnreadablePictureError where there is none."""

CAPTION_PX = 58
_GAP_PX = 6
_WHITE: Colour = (255, 255, 255)
_FRAME: Colour = (238, 240, 243)
_MISSING: Colour = (188, 192, 198)
_INK: Colour = (32, 36, 42)
_FAINT: Colour = (104, 110, 118)
_LOW, _HIGH = np.array([240, 180, 60]), np.array([200, 40, 40])


def draw_tile(issue: IssueRecord, open_picture: OpenPicture, width_px: int, height_px: int) -> Picture:
    """Draw an issue's picture, with its twin to the right where the issue names one.

    Args:
        issue: What was found.
        open_picture: Opens the pictures; one that cannot be opened becomes a grey frame with the reason.
        width_px: Width of the tile.
        height_px: Height of the frames; the caption adds `CAPTION_PX`.

    Returns:
        (height_px + CAPTION_PX, width_px, 3).
    """
    tile = np.full((height_px + CAPTION_PX, width_px, 3), _WHITE, np.uint8)
    twin = twin_of(issue.detail)
    paths = [issue.path] if twin is None else [issue.path, twin]
    each_px = (width_px - _GAP_PX * (len(paths) - 1)) // len(paths)
    for index, path in enumerate(paths):
        left = index * (each_px + _GAP_PX)
        tile[:height_px, left : left + each_px] = _framed(path, open_picture, each_px, height_px)
        name = fit(to_ascii(path), each_px - 4, 0.42, keep_end=True)
        write_line(tile, name, (left, height_px + 32), 0.42, _INK)
    bar_px = max(round(width_px * issue.score), 1)
    shade = _LOW + (_HIGH - _LOW) * issue.score
    tile[height_px + 6 : height_px + 10, :] = _FRAME
    tile[height_px + 6 : height_px + 10, :bar_px] = shade.astype(np.uint8)
    caption = fit(to_ascii(f"{issue.score:.2f}  {without_twin(issue.detail)}"), width_px - 4, 0.4)
    write_line(tile, caption, (0, height_px + 50), 0.4, _FAINT)
    return tile


def _framed(path: str, open_picture: OpenPicture, width_px: int, height_px: int) -> Picture:
    """Return a picture scaled into a frame of the wanted size, or a grey frame with the reason why there is none."""
    try:
        picture = open_picture(path)
    except UnreadablePictureError as error:
        return _blank(error.reason, width_px, height_px)
    scale = min(width_px / picture.shape[1], height_px / picture.shape[0])
    size = (max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1))
    scaled = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    frame = np.full((height_px, width_px, 3), _FRAME, np.uint8)
    top, left = (height_px - size[1]) // 2, (width_px - size[0]) // 2
    frame[top : top + size[1], left : left + size[0]] = scaled
    return frame


def _blank(reason: str, width_px: int, height_px: int) -> Picture:
    """Return a grey frame with a reason in its middle."""
    frame = np.full((height_px, width_px, 3), _MISSING, np.uint8)
    _centre(frame, ["no picture", f"({to_ascii(reason)})"], width_px, height_px)
    return frame


def _centre(frame: Picture, lines: Sequence[str], width_px: int, height_px: int) -> None:
    """Write short lines into the middle of a frame."""
    for index, line in enumerate(lines):
        text = fit(line, width_px - 12, 0.5)
        baseline = height_px // 2 + 22 * index - 4 * (len(lines) - 1)
        write_line(frame, text, ((width_px - width_of(text, 0.5)) // 2, baseline), 0.5, _INK)
