"""Draw every recipe tried: what it changes against what it costs."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data_tools.card.figure import draw_png
from data_tools.card.palette import GREY, INK, colour_of
from export.quantize.found import Found, Tried
from export.quantize.pareto import front
from export.quantize.recipe import Recipe

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH_IN, _HEIGHT_IN = 1200 / 144, 3.6
_LEAST = 1e-6
"""What a divergence, or a limit, of 0 is drawn as; the axis is logarithmic."""


def draw(path: Path, found: Sequence[Found], max_divergence: float, ratios: Mapping[Recipe, float]) -> Path:
    """Draw divergence against the share of 8-bit work, and against latency where it was measured.

    Args:
        path: The PNG.
        found: The searches.
        max_divergence: The budget's, drawn as a line.
        ratios: Latency by recipe, relative to fp32; may be empty, then there is one panel.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """

    def paint(figure: "Figure") -> None:
        panels = figure.subplots(1, 2 if ratios else 1, sharey=True, squeeze=False)[0]
        timed = [[item for item in search.tried if item.recipe in ratios] for search in found]
        panel, limit = panels[0], max(_LEAST, max_divergence)
        for index, search in enumerate(found):
            _scatter(panel, search.tried, search, index=index, cost=lambda item: 100 * item.int8_share, better=-1)
        panel.set_xlabel("work in 8 bits, % of multiply-accumulates")
        panel.set_ylabel("divergence from fp32, nats")
        panel.set_yscale("log")
        panel.yaxis.set_major_formatter(lambda value, _: f"{value:g}")  # the style has no mathtext for powers
        if ratios:
            for index, (search, items) in enumerate(zip(found, timed, strict=True)):
                _scatter(panels[1], items, search, index=index, cost=lambda item: ratios[item.recipe], better=1)
            panels[1].axvline(1, color=GREY, linewidth=0.9)
            panels[1].set_xlabel("latency / fp32's, ONNX Runtime, 1 thread")
        for each in panels:
            each.axhline(limit, color=GREY, linewidth=0.9, linestyle=(0, (4, 2)))
            each.margins(x=0.08, y=0.08)
        panel.annotate(
            "largest allowed", xy=(1, limit), xycoords=("axes fraction", "data"),
            xytext=(0, 2), textcoords="offset points", ha="right", va="bottom", fontsize=7.5, color=GREY,
        )  # fmt: skip
        panel.set_title("every recipe tried (line: best for its cost; ring: chosen)", loc="left")
        panel.legend(loc="best")

    return draw_png(path, (_WIDTH_IN if ratios else 0.6 * _WIDTH_IN, _HEIGHT_IN), paint)


def _scatter(
    axes: "Axes", items: Sequence[Tried], search: Found, *, index: int, cost: Callable[[Tried], float], better: int
) -> None:
    """Draw one search's recipes, its Pareto front as a line, and a ring around the chosen one.

    Args:
        axes: The panel.
        items: The recipes to draw.
        search: Where they come from.
        index: Of the search, for colour and marker.
        cost: Position on the x axis.
        better: 1 where a smaller position is cheaper, −1 where a larger one is.
    """
    if not items:
        return
    points = [(cost(item), max(_LEAST, item.score.degradation.divergence)) for item in items]
    colour, marker = colour_of(index), ("o", "s")[index % 2]
    within = [not item.breaches for item in items]
    for inside in (True, False):
        chosen = [point for point, fits in zip(points, within, strict=True) if fits == inside]
        axes.scatter(
            [x for x, _ in chosen], [y for _, y in chosen], s=26, marker=marker, zorder=3,
            edgecolors=colour, facecolors=colour if inside else "none", linewidths=1.1,
            label=f"{search.chosen.recipe.target}{'' if inside else ', outside the budget'}" if chosen else None,
        )  # fmt: skip
    best = [points[at] for at in front([(better * x, y) for x, y in points])]
    axes.plot([x for x, _ in best], [y for _, y in best], color=colour, linewidth=1.0, alpha=0.6, zorder=2)
    for item, (x, y) in zip(items, points, strict=True):
        if item == search.chosen:
            axes.scatter([x], [y], s=110, facecolors="none", edgecolors=INK, linewidths=1.2, zorder=4)
