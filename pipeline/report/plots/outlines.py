"""Draw histograms of a measured value as outlines, one a class."""

from typing import TYPE_CHECKING

from data_tools.card.look import filled_bins, outlines
from data_tools.card.model import Measure
from data_tools.card.palette import colour_of
from pipeline.report.plots.canvas import add_legend, draw, series_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def outline_plot(name: str, label: str, measure: Measure, classes: tuple[str, ...]) -> str:
    """Draw the share of each class's pictures by a measured value; dashed lines are medians.

    Args:
        name: Unique on the page.
        label: What the plot shows.
        measure: The histograms.
        classes: In order; class i has colour i.
    """

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        shown = filled_bins(measure)
        for index, class_name, shares in outlines(measure, classes):
            colour = colour_of(index)
            axes.stairs(shares, measure.edges, color=colour, linewidth=1.5, label=series_label(class_name))
            axes.stairs(shares, measure.edges, color=colour, alpha=0.12, fill=True)
            axes.axvline(measure.quantiles[class_name].median, color=colour, linewidth=1, linestyle=(0, (3, 2)))
        axes.set_xlim(measure.edges[shown.start], measure.edges[shown.stop])
        axes.set_ylim(bottom=0)
        axes.set_xlabel(f"{measure.name} (dashed: median)")
        axes.set_ylabel("share of the class's pictures, %")
        add_legend(axes)

    return draw(name, label, (6.2, 3.0), paint)
