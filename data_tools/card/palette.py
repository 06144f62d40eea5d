"""Hold the colours and the plot style that the data set card and the report share."""

SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d3b", "#6f5bb5")
"""Colours that stay apart for colour-blind readers (after Okabe and Ito); class i has colour i, modulo 8."""
GREY = "#7d8590"
INK, GRID = "#20242b", "#d9dee5"

STYLE: dict[str, object] = {
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.7,
    "lines.markersize": 4.5,
}


def colour_of(index: int) -> str:
    """Return the colour of a class by its index."""
    return SERIES[index % len(SERIES)]


def ink_on(colour: str) -> str:
    """Return white or near-black, whichever is easier to read on a colour."""
    red, green, blue = (int(colour[index : index + 2], 16) for index in (1, 3, 5))
    return "#ffffff" if 0.299 * red + 0.587 * green + 0.114 * blue < 135 else "#16202c"
