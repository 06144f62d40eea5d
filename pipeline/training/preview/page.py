"""Lay a preview out as one picture."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from data_tools.artifacts.atomic import write_bytes
from data_tools.checks.lettering import Colour, fit, to_ascii, write_line
from data_tools.errors import InputError
from data_tools.images.decode import MAX_PIXELS, Picture
from data_tools.split.artifact import Sample
from pipeline.training.config import TrainConfig
from pipeline.training.preview.cells import Cell, rows_of
from pipeline.training.preview.noise import noise_of

MIN_CELL_PX, MAX_CELL_PX = 180, 512
"""Width of a cell; smaller pictures are enlarged by a whole number, larger ones shrunk."""
_MARGIN_PX, _GAP_PX = 24, 8
_TITLE_PX, _LINE_PX = 48, 20
_HEADING_PX, _CAPTION_PX = 36, 22
_INK: Colour = (32, 36, 42)
_FAINT: Colour = (104, 110, 118)


def draw_preview(
    samples: Sequence[Sample], classes: Sequence[str], config: TrainConfig, draws: int, title: str
) -> Picture:
    """Draw a row of cells for each picture: without augmentation, then augmented; noisy ones below.

    Args:
        samples: The training pictures to show, at least 1.
        classes: The classes' names.
        config: The training's configuration.
        draws: Augmented pictures in a row.
        title: The page's first line.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        InputError: The page would be too large, or a picture cannot be used.
    """
    size = _cell_size(config.input.height, config.input.width)
    width = 2 * _MARGIN_PX + (draws + 1) * (size[0] + _GAP_PX) - _GAP_PX
    lines = [part for line in _describe(config, size[0]) for part in textwrap.wrap(to_ascii(line), width // 9)]
    layers = 1 if noise_of(config.method) is None else 2
    top = _TITLE_PX + _LINE_PX * len(lines)
    step = _HEADING_PX + layers * (size[1] + _CAPTION_PX)
    height = top + step * len(samples) + _MARGIN_PX
    if height * width > MAX_PIXELS:
        raise InputError(
            f"the page would have {height}×{width} px; expected at most {MAX_PIXELS:,} pixels: ask for fewer pictures "
            "or draws"
        )
    page = np.full((height, width, 3), 255, np.uint8)
    room = width - 2 * _MARGIN_PX
    write_line(page, fit(to_ascii(title), room, 0.7), (_MARGIN_PX, 34), 0.7, _INK, bold=True)
    for index, line in enumerate(lines):
        write_line(page, fit(line, room, 0.45), (_MARGIN_PX, _TITLE_PX + 8 + _LINE_PX * index), 0.45, _FAINT)
    for index, sample in enumerate(samples):
        y = top + step * index
        heading = fit(to_ascii(f"{classes[sample.label]}: {sample.image_id}"), room, 0.5)
        write_line(page, heading, (_MARGIN_PX, y + 28), 0.5, _INK)
        for layer, cells in enumerate(rows_of(sample, config, draws)):
            _place(page, cells, y + _HEADING_PX + layer * (size[1] + _CAPTION_PX), size)
    return page


def save_page(path: Path, page: Picture) -> None:
    """Write a page as PNG.

    Raises:
        OSError: It cannot be written, or OpenCV gives no PNG.
    """
    done, data = cv2.imencode(".png", cv2.cvtColor(page, cv2.COLOR_RGB2BGR))
    if not done:
        raise OSError(f"expected a PNG encoding of a page of shape {page.shape}, got none")
    write_bytes(path, data.tobytes())


def _place(page: Picture, cells: Sequence[Cell], top: int, size: tuple[int, int]) -> None:
    """Draw a row of cells with their captions into a page."""
    for column, cell in enumerate(cells):
        left = _MARGIN_PX + column * (size[0] + _GAP_PX)
        shrunk = size[0] < cell.picture.shape[1]
        scaled = cv2.resize(cell.picture, size, interpolation=cv2.INTER_AREA if shrunk else cv2.INTER_NEAREST)
        page[top : top + size[1], left : left + size[0]] = scaled
        caption = fit(to_ascii(cell.caption), size[0], 0.4)
        write_line(page, caption, (left, top + size[1] + 15), 0.4, _FAINT)


def _cell_size(height: int, width: int) -> tuple[int, int]:
    """Return the width and height at which pictures are shown, px."""
    if width > MAX_CELL_PX:
        return MAX_CELL_PX, max(round(height * MAX_CELL_PX / width), 1)
    factor = -(-MIN_CELL_PX // width)
    return factor * width, factor * height


def _describe(config: TrainConfig, shown_px: int) -> list[str]:
    """Say in words what is shown."""
    height, width = config.input.height, config.input.width
    scale = "" if shown_px == width else f", shown at {shown_px / width:.3g} times their size"
    settings = config.augmentation.model_dump(exclude={"type"})
    strengths = ", ".join(f"{name} {value:g}" for name, value in settings.items())
    noise = noise_of(config.method)
    below = "no noise to show" if noise is None else f"{noise.title}, below each picture"
    return [
        f"input {height}×{width} (H×W), seed {config.seed}{scale}",
        f"augmentation {config.augmentation.type}: {strengths}",
        f"method {config.method.type}: {below}",
    ]
