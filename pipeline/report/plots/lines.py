"""Draw lines: training curves, and accuracy against a severity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.report.plots.canvas import GREY, MARKERS, SERIES, add_legend, draw, plain_log_ticks, series_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOG_SCALE_RANGE = 50.0
_MAX_TICKS = 12


@dataclass(frozen=True)
class ErrorLine:
    """Hold one line with error bars."""

    name: str
    x: tuple[float, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]


def curves(
    name: str,
    label: str,
    epochs: Sequence[float],
    columns: Mapping[str, Sequence[float | None]],
    *,
    best: float,
    axis: str,
    in_percent: bool,
) -> str:
    """Draw one curve a column against the epoch, the best epoch marked.

    Loss terms that differ by more than a factor of 50 get a logarithmic axis.
    """
    from matplotlib.ticker import MaxNLocator

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        drawn: list[float] = []
        for index, (column, values) in enumerate(columns.items()):
            known = [(epoch, value) for epoch, value in zip(epochs, values, strict=True) if value is not None]
            drawn.extend(value for _, value in known)
            axes.plot(
                [epoch for epoch, _ in known],
                [value for _, value in known],
                color=SERIES[index % len(SERIES)],
                marker=MARKERS[index % len(MARKERS)],
                markevery=max(1, len(known) // 12),
                label=series_label(column),
            )
        if drawn and min(drawn) > 0 and max(drawn) / min(drawn) > _LOG_SCALE_RANGE:
            axes.set_yscale("log")
            plain_log_ticks(axes.yaxis)
        axes.axvline(best, color=GREY, linestyle=(0, (4, 3)), linewidth=1.4, label=f"best epoch ({best:g})")
        if in_percent:
            axes.yaxis.set_major_formatter(_percent)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("epoch")
        axes.set_ylabel(axis)
        add_legend(axes)

    return draw(name, label, (6.2, 3.3), paint)


def error_lines(name: str, label: str, lines: Sequence[ErrorLine], axis: str) -> str:
    """Draw accuracy against a severity, one line a variant, with mean ± standard deviation."""

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        for index, line in enumerate(lines):
            axes.errorbar(
                line.x, line.mean, yerr=line.std, color=SERIES[index % len(SERIES)],
                marker=MARKERS[index % len(MARKERS)], capsize=3, elinewidth=1.1, label=series_label(line.name),
            )  # fmt: skip
        ticks = sorted({value for line in lines for value in line.x})
        if len(ticks) <= _MAX_TICKS:
            axes.set_xticks(ticks)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel(axis)
        axes.set_ylabel("accuracy")
        axes.yaxis.set_major_formatter(_percent)
        add_legend(axes)

    return draw(name, label, (6.2, 3.3), paint)


def _percent(value: float, _position: float) -> str:
    """Write an axis value as per cent."""
    return f"{value * 100:.4g} %"
