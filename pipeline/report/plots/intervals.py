"""Draw shares with their 95 % intervals."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from data_tools.metrics.classification import Share
from pipeline.report.formatting import clip
from pipeline.report.plots.canvas import MARKERS, SERIES, add_legend, draw, series_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SPREAD = 0.34


def interval_plot(name: str, label: str, rows: Sequence[str], series: Mapping[str, Sequence[Share]], axis: str) -> str:
    """Draw a dot with an error bar for every row and series.

    Args:
        name: Unique on the page.
        label: What the plot shows.
        rows: R row names, drawn from top to bottom.
        series: R shares for each series name.
        axis: Name of the value axis.
    """

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        for index, (series_name, shares) in enumerate(series.items()):
            offset = (index - (len(series) - 1) / 2) * _SPREAD
            values = [100 * share.value for share in shares]
            low = [100 * (share.value - share.low) for share in shares]
            high = [100 * (share.high - share.value) for share in shares]
            axes.errorbar(
                values, [row + offset for row in range(len(rows))], xerr=[low, high], linestyle="none",
                marker=MARKERS[index % len(MARKERS)], color=SERIES[index % len(SERIES)], capsize=3, elinewidth=1.4,
                label=series_label(series_name),
            )  # fmt: skip
        axes.set_yticks(range(len(rows)), [clip(row) for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(axis)
        if len(series) > 1:
            add_legend(axes)

    return draw(name, label, (6.2, 1.1 + 0.45 * len(rows)), paint)
