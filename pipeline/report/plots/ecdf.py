"""Draw the empirical distribution of raw latency samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.report.plots.canvas import GREY, SERIES, add_legend, draw, plain_log_ticks, series_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MAX_POINTS = 400
_LOG_SCALE_RANGE = 8.0


@dataclass(frozen=True)
class SampleSet:
    """Hold the raw samples of one variant; the noise-floor row is drawn in grey."""

    name: str
    samples_ms: tuple[float, ...]
    noise_floor: bool


def axis_end_ms(sets: Sequence[SampleSet]) -> float:
    """Return where the axis ends: past the largest 90th percentile, so that rare outliers do not flatten the rest."""
    return 1.25 * max(float(np.percentile(item.samples_ms, 90)) for item in sets)


def ecdf(name: str, label: str, sets: Sequence[SampleSet]) -> str:
    """Draw the share of samples at or below each latency, one step line a variant."""

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        end = axis_end_ms(sets)
        start = 0.97 * min(min(item.samples_ms) for item in sets)
        colors = iter(SERIES * len(sets))
        for item in sets:
            ordered = np.sort(np.asarray(item.samples_ms))
            chosen = np.unique(np.linspace(0, len(ordered) - 1, min(len(ordered), _MAX_POINTS)).round().astype(int))
            axes.step(
                ordered[chosen], (chosen + 1) / len(ordered), where="post", label=series_label(item.name),
                color=GREY if item.noise_floor else next(colors),
                linestyle=(0, (3, 2)) if item.noise_floor else "-", zorder=3 if item.noise_floor else 2,
            )  # fmt: skip
        if end / start > _LOG_SCALE_RANGE:
            axes.set_xscale("log")
            plain_log_ticks(axes.xaxis)
        axes.set_xlim(start, end)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("latency, ms")
        axes.set_ylabel("share of rounds")
        add_legend(axes)

    return draw(name, label, (6.2, 3.1), paint)
