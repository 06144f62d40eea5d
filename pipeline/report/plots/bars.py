"""Draw horizontal bars: stacked counts, and one value a variant."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data_tools.card.palette import ink_on
from pipeline.report.formatting import clip, count
from pipeline.report.plots.canvas import SERIES, add_legend, draw, series_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW_IN = 0.42


def stacked_bars(
    name: str, label: str, rows: Sequence[str], parts: Sequence[str], values: Sequence[Sequence[int]]
) -> str:
    """Draw one bar a row, made of its parts.

    Args:
        name: Unique on the page.
        label: What the plot shows.
        rows: R row names, drawn from top to bottom.
        parts: P part names.
        values: (R, P) counts of pictures.
    """

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        longest = max((sum(row) for row in values), default=0) or 1
        for part, part_name in enumerate(parts):
            widths = [row[part] for row in values]
            starts = [sum(row[:part]) for row in values]
            color = SERIES[part % len(SERIES)]
            axes.barh(
                range(len(rows)), widths, left=starts, height=0.62, color=color,
                edgecolor="#ffffff", linewidth=0.6, label=series_label(part_name),
            )  # fmt: skip
            for row, (start, width) in enumerate(zip(starts, widths, strict=True)):
                if width > 0.055 * longest:
                    axes.text(start + width / 2, row, count(width), ha="center", va="center", color=ink_on(color))
        _finish(figure, rows, "pictures")
        add_legend(axes)

    return draw(name, label, (6.2, 1.05 + _ROW_IN * len(rows)), paint)


def value_bars(name: str, label: str, rows: Sequence[str], values: Sequence[float], notes: Sequence[str]) -> str:
    """Draw one bar a row with its value written beside it; the caption names the unit."""

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        colors = [SERIES[index % len(SERIES)] for index in range(len(rows))]
        axes.barh(range(len(rows)), values, height=0.6, color=colors)
        for row, (value, note) in enumerate(zip(values, notes, strict=True)):
            axes.annotate(note, (value, row), xytext=(4, 0), textcoords="offset points", va="center")
        axes.set_xlim(0, max(values) * 1.25)
        _finish(figure, rows, "MiB")

    return draw(name, label, (6.2, 0.75 + _ROW_IN * len(rows)), paint)


def _finish(figure: "Figure", rows: Sequence[str], axis: str) -> None:
    (axes,) = figure.axes
    axes.set_yticks(range(len(rows)), [clip(row) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(axis)
