"""Draw a contact sheet for each issue type, so that a person can see what was found."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from data_tools.artifacts.atomic import write_bytes
from data_tools.checks.issues import QUARANTINE, IssueRecord
from data_tools.checks.lettering import Colour, fit, to_ascii, write_line
from data_tools.checks.registry import IssueType, get, names
from data_tools.checks.tile import CAPTION_PX, OpenPicture, draw_tile
from data_tools.checks.twins import twin_of
from data_tools.images.decode import Picture

PAGE_WIDTH_PX = 1200
_MARGIN_PX = 32
_GAP_PX = 24
_HEADER_PX = 118
_FRAME_HEIGHT_PX = 190
_INK: Colour = (32, 36, 42)
_FAINT: Colour = (104, 110, 118)
_RULE: Colour = (214, 218, 224)


def draw_gallery(
    issues: Iterable[IssueRecord], open_picture: OpenPicture, out_dir: Path, per_issue: int = 24
) -> list[Path]:
    """Draw `<issue>.png` for each issue type that was found, the worst findings first.

    Duplicates and conflicts stand beside their twin; a file that gives no picture is a grey tile with its reason.

    Args:
        issues: The findings, in any order.
        open_picture: Opens a picture by its path; raises UnreadablePictureError where there is none.
        out_dir: Folder for the sheets; made when it is missing.
        per_issue: Findings on a sheet at most; the title counts all.

    Returns:
        The sheets' paths in the registry's order.

    Raises:
        InputError: An issue's name is unknown.
        ValueError: `per_issue` is below 1.
    """
    if per_issue < 1:
        raise ValueError(f"per_issue: expected 1 or more, got {per_issue}")
    by_name: dict[str, list[IssueRecord]] = {name: [] for name in names()}
    for row in issues:
        by_name[get(row.issue).name].append(row)
    sheets: list[Path] = []
    for name, found in by_name.items():
        if found:
            sheet = out_dir / f"{name}.png"
            write_bytes(sheet, _png(_page(get(name), found, open_picture, per_issue)))
            sheets.append(sheet)
    return sheets


def _page(issue: IssueType, found: list[IssueRecord], open_picture: OpenPicture, per_issue: int) -> Picture:
    """Lay one issue type's worst findings out in rows below a header."""
    shown = _worst(found)[:per_issue]
    columns = 2 if any(twin_of(row.detail) is not None for row in shown) else 4
    width = (PAGE_WIDTH_PX - 2 * _MARGIN_PX - (columns - 1) * _GAP_PX) // columns
    step = _FRAME_HEIGHT_PX + CAPTION_PX + _GAP_PX
    rows = -(-len(shown) // columns)
    page = np.full((_HEADER_PX + rows * step + _MARGIN_PX - _GAP_PX, PAGE_WIDTH_PX, 3), 255, np.uint8)
    _write_header(page, issue, found, len(shown))
    for index, row in enumerate(shown):
        tile = draw_tile(row, open_picture, width, _FRAME_HEIGHT_PX)
        top = _HEADER_PX + index // columns * step
        left = _MARGIN_PX + index % columns * (width + _GAP_PX)
        page[top : top + tile.shape[0], left : left + width] = tile
    return page


def _worst(found: list[IssueRecord]) -> list[IssueRecord]:
    """Sort findings, the worst first; of two that name each other as twins only the first is kept."""
    pairs: set[frozenset[str | None]] = set()
    kept: list[IssueRecord] = []
    for row in sorted(found, key=lambda row: (-row.score, row.path)):
        pair = frozenset([row.path, twin_of(row.detail)])
        if pair not in pairs:
            kept.append(row)
        pairs.add(pair)
    return kept


def _write_header(page: Picture, issue: IssueType, found: list[IssueRecord], shown: int) -> None:
    """Write title, count and meaning above a thin rule."""
    out = sum(row.action == QUARANTINE for row in found)
    noun = "finding" if len(found) == 1 else "findings"
    worst = f", the worst {shown} shown" if shown < len(_worst(found)) else ""
    count = f"{len(found):,} {noun} ({out:,} left out, {len(found) - out:,} reported){worst}"
    room = PAGE_WIDTH_PX - 2 * _MARGIN_PX
    write_line(page, fit(to_ascii(issue.title), room, 0.9), (_MARGIN_PX, 44), 0.9, _INK, bold=True)
    write_line(page, fit(count, room, 0.5), (_MARGIN_PX, 70), 0.5, _INK)
    write_line(page, fit(to_ascii(issue.meaning), room, 0.45), (_MARGIN_PX, 92), 0.45, _FAINT)
    page[102, _MARGIN_PX : PAGE_WIDTH_PX - _MARGIN_PX] = _RULE


def _png(page: Picture) -> bytes:
    """Encode a page.

    Raises:
        OSError: OpenCV gives no PNG.
    """
    done, data = cv2.imencode(".png", cv2.cvtColor(page, cv2.COLOR_RGB2BGR))
    if not done:
        raise OSError(f"expected a PNG encoding of a page of shape {page.shape}, got none")
    return data.tobytes()
