"""Colour a confusion matrix by the share of each row."""

from collections.abc import Sequence

from pipeline.report.blocks import HeatCell, HeatMap
from pipeline.report.formatting import count, percent

_LIGHT = (244, 247, 251)
_DARK = (8, 72, 135)
_INK_ON_LIGHT, _INK_ON_DARK = "#000000", "#ffffff"
_WHITE_READS_BETTER_ABOVE = 0.72


def heat_map(caption: str, classes: tuple[str, ...], confusion: Sequence[Sequence[int]]) -> HeatMap:
    """Annotate a confusion matrix with counts and row shares.

    Args:
        caption: What the matrix belongs to.
        classes: Names in matrix order.
        confusion: Row = true class, column = predicted class.
    """
    return HeatMap(caption, classes, tuple(tuple(_cells(row)) for row in confusion))


def _cells(row: Sequence[int]) -> list[HeatCell]:
    total = sum(row)
    return [_cell(value, value / total if total else 0.0, empty=total == 0) for value in row]


def _cell(value: int, share: float, *, empty: bool) -> HeatCell:
    mixed = [round(low + (high - low) * share) for low, high in zip(_LIGHT, _DARK, strict=True)]
    return HeatCell(
        count=count(value),
        share="–" if empty else percent(share),
        background="#{:02x}{:02x}{:02x}".format(*mixed),
        ink=_INK_ON_DARK if share > _WHITE_READS_BETTER_ABOVE else _INK_ON_LIGHT,
    )
