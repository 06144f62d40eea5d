"""Draw sample pictures of one class as a sheet of letter-boxed tiles."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from data_tools.artifacts.atomic import write_bytes
from data_tools.checks.lettering import Colour, fit, to_ascii, width_of, write_line
from data_tools.images.decode import Picture, read_picture

_COLUMNS = 5
_WIDTH_PX, _HEIGHT_PX = 240, 180
_GAP_PX, _MARGIN_PX = 16, 24
_CAPTION_PX, _HEADER_PX = 24, 64
_BOX: Colour = (238, 240, 243)
_INK: Colour = (32, 36, 42)
_FAINT: Colour = (104, 110, 118)


def draw_sheet(
    path: Path, pictures: Sequence[str], file_of: Callable[[str], Path], *, title: str, about: str, colour: str
) -> Path:
    """Write a sheet as PNG.

    Args:
        path: The file.
        pictures: Paths in the data set, in the order of the tiles.
        file_of: Returns a picture's file.
        title: Of the sheet: the class.
        about: Stands to the right of the title.
        colour: Of the class, as #rrggbb; a bar at the top shows it.

    Raises:
        UnreadablePictureError: A picture has gone or can no longer be decoded.
    """
    rows = max(-(-len(pictures) // _COLUMNS), 1)
    step_x, step_y = _WIDTH_PX + _GAP_PX, _HEIGHT_PX + _CAPTION_PX + _GAP_PX
    height, width = _HEADER_PX + rows * step_y + _MARGIN_PX - _GAP_PX, 2 * _MARGIN_PX + _COLUMNS * step_x - _GAP_PX
    page = np.full((height, width, 3), 255, np.uint8)
    page[:6] = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    write_line(page, fit(to_ascii(title), width // 3, 0.85), (_MARGIN_PX, 42), 0.85, _INK, bold=True)
    beside = fit(to_ascii(about), width // 2, 0.48)
    write_line(page, beside, (width - _MARGIN_PX - width_of(beside, 0.48), 42), 0.48, _FAINT)
    for index, name in enumerate(pictures):
        top = _HEADER_PX + index // _COLUMNS * step_y
        left = _MARGIN_PX + index % _COLUMNS * step_x
        page[top : top + _HEIGHT_PX, left : left + _WIDTH_PX] = letter_boxed(
            read_picture(file_of(name)), _WIDTH_PX, _HEIGHT_PX
        )
        caption = fit(to_ascii(name), _WIDTH_PX, 0.4, keep_end=True)
        write_line(page, caption, (left, top + _HEIGHT_PX + 17), 0.4, _FAINT)
    done, encoded = cv2.imencode(".png", cv2.cvtColor(page, cv2.COLOR_RGB2BGR))
    if not done:
        raise OSError(f"expected a PNG encoding of a page of shape {page.shape}, got none")
    write_bytes(path, encoded.tobytes())
    return path


def letter_boxed(picture: Picture, width_px: int, height_px: int) -> Picture:
    """Return the whole picture scaled into a box of the wanted size, with grey where it does not fill it."""
    scale = min(width_px / picture.shape[1], height_px / picture.shape[0])
    size = (max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1))
    scaled = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    box = np.full((height_px, width_px, 3), _BOX, np.uint8)
    top, left = (height_px - size[1]) // 2, (width_px - size[0]) // 2
    box[top : top + size[1], left : left + size[0]] = scaled
    return box
