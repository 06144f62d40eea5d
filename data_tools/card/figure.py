"""Draw a matplotlib figure into a PNG file, in the style that the card and the report share."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from data_tools.artifacts.atomic import write_bytes
from data_tools.card.palette import STYLE
from data_tools.errors import MissingDependencyError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Paint = Callable[["Figure"], None]

_DPI = 144
_LABEL_CHARACTERS = 30


def require_matplotlib() -> None:
    """Import matplotlib.

    Raises:
        MissingDependencyError: It is not installed.
    """
    try:
        import matplotlib as _  # noqa: F401, ICN001 - to see that it is there
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            "the data set card needs matplotlib, which is not installed; in the checkout, run: pip install '.[report]'"
        ) from error


def draw_png(path: Path, size_in: tuple[float, float], paint: Paint) -> Path:
    """Paint an empty figure and write it as a PNG; the same drawing gives the same bytes.

    Args:
        path: The file.
        size_in: Width and height, inches at 144 dots.
        paint: Draws on the figure.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib import style
    from matplotlib.figure import Figure

    buffer = io.BytesIO()
    with style.context(STYLE, after_reset=True), warnings.catch_warnings():
        # A class in a script that matplotlib's own font lacks is drawn as boxes; the page has its name.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font", category=UserWarning)
        figure = Figure(figsize=size_in, layout="constrained", dpi=_DPI)
        paint(figure)
        figure.savefig(buffer, format="png", facecolor="#ffffff", metadata={"Software": None})
    write_bytes(path, buffer.getvalue())
    return path


def legend_above(axes: "Axes", columns: int) -> None:
    """Put the legend above the axes, where it covers no data."""
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=columns,
        handlelength=1.2,
        columnspacing=1.4,
        borderaxespad=0.2,
    )


def label_of(name: str) -> str:
    """Return a name short enough for an axis; a leading blank shows what matplotlib would hide from a legend."""
    short = name if len(name) <= _LABEL_CHARACTERS else name[: _LABEL_CHARACTERS - 1] + "…"
    return f" {short}" if short.startswith("_") else short
