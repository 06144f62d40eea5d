"""Draw a comparison: accuracy against the noise, a line an entry, its name at the line's end."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data_tools.card.figure import draw_png, label_of
from data_tools.card.palette import colour_of
from pipeline.comparison.artifact import ComparedEntry, ComparisonArtifact

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)))
"""Beyond eight entries the colours come again, with another line."""
_WIDTH_IN = 1200 / 144
_HEIGHT_IN = 5.0
_LABEL_GAP = 0.052
"""Smallest distance of two names, as a share of the axis."""


def draw(comparison: ComparisonArtifact, path: Path) -> Path:
    """Draw the accuracies as a PNG of 1200 px.

    Raises:
        MissingDependencyError: matplotlib is not installed.
    """

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        for index, entry in enumerate(comparison.entries):
            _line(axes, entry, index)
        axes.set_title(title(comparison), loc="left")
        axes.set_xticks(comparison.sigmas, ["clean" if sigma == 0 else f"{sigma:g}" for sigma in comparison.sigmas])
        axes.set_xlabel("Gaussian noise σ, grey levels of 255")
        axes.set_ylabel("accuracy, %")
        axes.margins(x=0.02)
        _name_lines(axes, comparison)

    height = _HEIGHT_IN + max(0, len(comparison.entries) - 16) * 0.22
    return draw_png(path, (_WIDTH_IN, height), paint)


def title(comparison: ComparisonArtifact) -> str:
    """Say what is drawn, and what the band is."""
    counts = {len(entry.seeds) for entry in comparison.entries}
    seeds = (
        f"{min(counts)} to {max(counts)} seeds" if len(counts) > 1 else f"{max(counts)} seed{'s' * (max(counts) > 1)}"
    )
    names = {"runs": "the noise runs", "seeds": "the seeds"}
    kinds = {names[entry.std_over] for entry in comparison.entries}
    over = kinds.pop() if len(kinds) == 1 else "the seeds, or one seed's noise runs"
    runs = f"{comparison.runs} noise run{'s' * (comparison.runs > 1)}"
    counted = f"{comparison.part} part, {comparison.pictures} pictures, {runs}, {seeds}"
    banded = any(point.std is not None for entry in comparison.entries for point in entry.points)
    return f"{counted}\nband: ± 1 standard deviation over {over}" if banded else counted


def spread_apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move positions as little as needed for neighbours to be `gap` apart, inside the bounds where that is possible.

    Args:
        wanted: Where each would best be.
        gap: Smallest distance.
        low: Lower bound.
        high: Upper bound; it may be passed when there is no room for all.

    Returns:
        Positions in the order of `wanted`; those that were in order stay in it.
    """
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    blocks: list[tuple[list[int], float]] = []  # members from below, position of the lowest
    for index in order:
        members, start = [index], wanted[index]
        while blocks and blocks[-1][1] + len(blocks[-1][0]) * gap > start:
            members = [*blocks.pop()[0], *members]
            start = sum(wanted[item] - rank * gap for rank, item in enumerate(members)) / len(members)
            start = max(low, min(start, high - (len(members) - 1) * gap))
        blocks.append((members, max(low, start)))
    placed = [0.0] * len(wanted)
    for members, start in blocks:
        for rank, index in enumerate(members):
            placed[index] = start + rank * gap
    return placed


def _line(axes: "Axes", entry: ComparedEntry, index: int) -> None:
    """Draw one entry, with a band of one standard deviation."""
    sigmas = [point.sigma for point in entry.points]
    means = [100 * point.mean for point in entry.points]
    spreads = [100 * (point.std or 0.0) for point in entry.points]
    colour = colour_of(index)
    axes.fill_between(
        sigmas,
        [mean - std for mean, std in zip(means, spreads, strict=True)],
        [mean + std for mean, std in zip(means, spreads, strict=True)],
        color=colour, alpha=0.14, linewidth=0,
    )  # fmt: skip
    axes.plot(
        sigmas,
        means,
        color=colour,
        marker=_MARKERS[index % len(_MARKERS)],
        linestyle=_DASHES[index // 8 % len(_DASHES)],
    )


def _name_lines(axes: "Axes", comparison: ComparisonArtifact) -> None:
    """Write every entry's name beside the last point of its line, in the line's colour."""
    low, high = axes.get_ylim()
    ends = [(100 * entry.points[-1].mean - low) / (high - low) for entry in comparison.entries]
    heights = spread_apart(ends, _LABEL_GAP, 0.0, 1.0)
    for index, (entry, end, height) in enumerate(zip(comparison.entries, ends, heights, strict=True)):
        axes.annotate(
            label_of(entry.name),
            xy=(1.0, end), xytext=(1.035, height), xycoords="axes fraction", textcoords="axes fraction",
            va="center", color=colour_of(index), fontsize=9.5, fontweight="bold",
            arrowprops={"arrowstyle": "-", "color": colour_of(index), "linewidth": 0.7, "shrinkA": 1, "shrinkB": 0},
        )  # fmt: skip
