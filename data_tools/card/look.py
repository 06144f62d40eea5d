"""Draw how brightness, contrast and sharpness are spread in each class."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from data_tools.card.figure import Paint, label_of
from data_tools.card.model import CardData, Measure
from data_tools.card.palette import colour_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def look(data: CardData) -> tuple[tuple[float, float], Paint]:
    """Return the size in inches, and what draws one panel a measured value, one outline a class."""

    def paint(figure: "Figure") -> None:
        panels: list[Axes] = list(figure.subplots(1, len(data.measures), squeeze=False)[0])
        for axes, measure in zip(panels, data.measures, strict=True):
            _panel(axes, measure, data.classes)
        panels[0].set_ylabel("share of the class's pictures, %")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=min(len(labels), 6), handlelength=1.2)

    return (9.6, 3.2), paint


def filled_bins(measure: Measure) -> range:
    """Return the bins from the first to the last that holds a picture, with an empty one on either side."""
    filled = [any(column) for column in zip(*measure.histogram.values(), strict=True)]
    first, last = filled.index(True), len(filled) - 1 - filled[::-1].index(True)
    return range(max(first - 1, 0), min(last + 2, len(filled)))


def outlines(measure: Measure, classes: tuple[str, ...]) -> Iterator[tuple[int, str, list[float]]]:
    """Yield index, name and the share in per cent of each bin, for every class that has a picture."""
    for index, label in enumerate(classes):
        counts = measure.histogram.get(label)
        if counts is not None:
            yield index, label, [100 * count / sum(counts) for count in counts]


def _panel(axes: "Axes", measure: Measure, classes: tuple[str, ...]) -> None:
    shown = filled_bins(measure)
    for index, label, shares in outlines(measure, classes):
        axes.stairs(shares, measure.edges, color=colour_of(index), linewidth=1.5, label=label_of(label))
        axes.stairs(shares, measure.edges, color=colour_of(index), alpha=0.12, fill=True)
        axes.axvline(measure.quantiles[label].median, color=colour_of(index), linewidth=1, linestyle=(0, (3, 2)))
    axes.set_xlim(measure.edges[shown.start], measure.edges[shown.stop])
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f"{measure.name} (dashed: median)")
