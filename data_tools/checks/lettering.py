"""Write plain ASCII text into a page with OpenCV's built-in letters."""

import cv2

from data_tools.images.decode import Picture

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_SPELLED = str.maketrans({"×": "x", "°": " deg", "–": "-", "−": "-", "≥": ">=", "’": "'"})


def to_ascii(text: str) -> str:
    """Return text in ASCII; letters that have no equivalent become `?`."""
    return text.translate(_SPELLED).encode("ascii", "replace").decode()


def write_line(
    page: Picture, text: str, start_px: tuple[int, int], size: float, colour: Colour, *, bold: bool = False
) -> None:
    """Write one anti-aliased line into a page, in place.

    Args:
        page: (H, W, 3) RGB.
        text: ASCII; see `to_ascii`.
        start_px: Left edge (x), and the line that the letters stand on (y).
        size: Scale of the letters; 0.5 is about 11 px high.
        colour: Of the letters.
        bold: Draw two pixels thick.
    """
    cv2.putText(page, text, start_px, _FONT, size, colour, 2 if bold else 1, cv2.LINE_AA)


def fit(text: str, width_px: int, size: float, keep_end: bool = False) -> str:
    """Shorten text with dots until it fits a width.

    Args:
        text: ASCII text.
        width_px: Room for it.
        size: Scale of the letters.
        keep_end: Cut at the start, as suits a path; otherwise at the end.
    """
    if width_of(text, size) <= width_px:
        return text
    for length in range(len(text) - 1, 0, -1):
        short = f"...{text[-length:]}" if keep_end else f"{text[:length].rstrip()}..."
        if width_of(short, size) <= width_px:
            return short
    return ""


def width_of(text: str, size: float) -> int:
    """Return how wide a line of text is, px."""
    (width, _), _ = cv2.getTextSize(text, _FONT, size, 1)
    return int(width)
