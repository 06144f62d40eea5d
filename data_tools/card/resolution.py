"""Draw the sizes of the pictures: the most frequent by class, and all kept ones by width and height."""

from typing import TYPE_CHECKING

from data_tools.card.figure import Paint, label_of, legend_above
from data_tools.card.model import CardData
from data_tools.card.palette import INK, colour_of
from data_tools.card.wording import amount

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BARS = 8
_LARGEST_DOT, _SMALLEST_DOT, _ALL_DOTS = 420.0, 6.0, 4000.0
"""Areas, square points."""
_ROOM = 1.25


def resolution(data: CardData) -> tuple[tuple[float, float], Paint]:
    """Return the size in inches, and what draws the bars and the scatter side by side."""

    def paint(figure: "Figure") -> None:
        left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
        _bars(left, data)
        _scatter(right, data)

    return (9.0, 3.6), paint


def most_frequent(data: CardData) -> list[tuple[str, dict[str, int]]]:
    """Return name and pictures by class of the most frequent resolutions, and of all others together."""
    top = data.resolutions.top[:_BARS]
    rows = [(f"{item.width_px}×{item.height_px}", item.pictures) for item in top]
    rest = {label: count - sum(item.pictures.get(label, 0) for item in top) for label, count in data.by_class.items()}
    if any(rest.values()):
        rows.append((f"{data.resolutions.distinct - len(top):,} others", rest))
    return rows


def _bars(axes: "Axes", data: CardData) -> None:
    """Draw the most frequent resolutions, stacked by class, and the rest as one bar."""
    rows = most_frequent(data)
    before = [0] * len(rows)
    for index, label in enumerate(data.classes):
        counts = [found.get(label, 0) for _, found in rows]
        axes.barh(
            range(len(rows)), counts, left=before, height=0.66, color=colour_of(index), edgecolor="#ffffff",
            linewidth=0.6, label=label_of(label),
        )  # fmt: skip
        before = [start + count for start, count in zip(before, counts, strict=True)]
    for row, total in enumerate(before):
        axes.annotate(f"{total:,}", (total, row), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.set_ylim(max(len(rows), 3) - 0.5, -0.5)
    axes.set_xlim(0, 1.18 * max(before))
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("pictures")
    axes.set_ylabel("width × height, px")
    legend_above(axes, min(len(data.classes), 4))


def _scatter(axes: "Axes", data: CardData) -> None:
    """Draw a dot a resolution, its area the number of pictures, on logarithmic axes."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    top = data.resolutions.top
    totals = [item.total for item in top]
    area = min(_LARGEST_DOT / max(totals), _ALL_DOTS / sum(totals))
    axes.scatter(
        [item.width_px for item in top],
        [item.height_px for item in top],
        s=[max(area * total, _SMALLEST_DOT) for total in totals],
        color=INK,
        alpha=0.45,
        linewidths=0,
    )
    for axis, sizes in ((axes.xaxis, data.resolutions.width_px), (axes.yaxis, data.resolutions.height_px)):
        axis.set_minor_formatter(NullFormatter())
        low, high = sizes.lowest / _ROOM, sizes.highest * _ROOM
        (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("log", base=2)
        (axes.set_xlim if axis is axes.xaxis else axes.set_ylim)(low, high)
        axis.set_major_locator(LogLocator(base=2, subs=(1.0, 1.25, 1.5, 1.75) if high / low < 4 else (1.0,)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("width, px")
    axes.set_ylabel("height, px")
    kept = f"the {len(top)} most frequent" if data.resolutions.distinct > len(top) else "area = pictures"
    axes.set_title(f"{amount(data.resolutions.distinct, 'resolution')}; {kept}", loc="left")
