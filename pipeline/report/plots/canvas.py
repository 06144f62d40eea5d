"""Turn a matplotlib figure into inline SVG that follows the page's fonts and colours."""

import io
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import TYPE_CHECKING

from data_tools.card.palette import GREY, GRID, INK, SERIES, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = ["GREY", "GRID", "INK", "MARKERS", "SERIES", "add_legend", "draw", "plain_log_ticks", "series_label"]
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

_PAGE_COLOURS = {INK: "var(--ink)", GRID: "var(--grid)", SERIES[0]: "var(--blue)"}
_LEGEND_CHARACTERS = 76
_STYLE = STYLE | {"svg.fonttype": "none", "svg.hashsalt": "roadgrip", "font.family": ["sans-serif"]}


def draw(name: str, label: str, size_in: tuple[float, float], paint: Callable[["Figure"], None]) -> str:
    """Paint a figure and return it as an `<svg>` element.

    Args:
        name: Unique on the page; the element ids start with it.
        label: What the plot shows, for readers who cannot see it.
        size_in: Width and height, inches.
        paint: Draws on the empty figure.
    """
    from matplotlib import style
    from matplotlib.figure import Figure

    buffer = io.BytesIO()
    with style.context(_STYLE, after_reset=True), warnings.catch_warnings():
        # The reader's browser draws the text, with its own fonts.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font", category=UserWarning)
        figure = Figure(figsize=size_in, layout="constrained")
        paint(figure)
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return _inline(buffer.getvalue(), name, label, size_in)


def add_legend(axes: "Axes") -> None:
    """Put the legend above the axes, where it covers no data."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        axes.legend(
            handles,
            labels,
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=max(1, min(len(handles), _LEGEND_CHARACTERS // (max(map(len, labels)) + 5))),
            handlelength=1.6,
            columnspacing=1.4,
            borderaxespad=0.2,
        )


def plain_log_ticks(axis: "Axis") -> None:
    """Label a logarithmic axis with plain numbers at 1, 2 and 5 of every decade."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def series_label(name: str) -> str:
    """Return a legend label; matplotlib hides labels that start with an underscore."""
    return f" {name}" if name.startswith("_") else name


def _inline(svg: bytes, name: str, label: str, size_in: tuple[float, float]) -> str:
    """Drop what only a stand-alone file needs, and make every id unique on the page."""
    root = ET.fromstring(svg)  # noqa: S314 - written by matplotlib a moment ago
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
        node.attrib = {key.rpartition("}")[2]: _local(key, value, name) for key, value in node.attrib.items()}
        for child in [item for item in node if item.tag.rpartition("}")[2] in {"metadata", "style"}]:
            node.remove(child)
        node.text = node.text if node.text and node.text.strip() else None
        node.tail = None
    root.attrib = {
        "class": "plot",
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-label": label,
        "style": f"max-width:{size_in[0] * 96:.0f}px",
    }
    return ET.tostring(root, encoding="unicode")


def _local(key: str, value: str, name: str) -> str:
    """Prefix ids and references to them, and hand the colours that must change in the dark to the page's style."""
    if key == "id":
        return f"{name}-{value}"
    if key.endswith("href") and value.startswith("#"):
        return f"#{name}-{value[1:]}"
    value = value.replace("url(#", f"url(#{name}-")
    for colour, variable in _PAGE_COLOURS.items():
        value = value.replace(colour, variable)
    return value
