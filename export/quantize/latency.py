"""Time the recipes for ONNX Runtime, and draw all: reports beside the artifact, for they depend on the machine."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.errors import MissingDependencyError
from data_tools.progress import Progress, silent
from export.config import BudgetConfig
from export.quantize.found import Found
from export.quantize.plot import draw
from export.quantize.quantizer import Quantizer
from export.quantize.recipe import Recipe
from export.quantize.tables import TIMINGS_NAME, write_timings
from export.quantize.timing import median_latencies_ms

PLOT_NAME = "recipes.png"
_LOG = logging.getLogger("roadgrip")


def write_latencies(
    folder: Path,
    found: Sequence[Found],
    quantizer: Quantizer,
    picture: npt.NDArray[np.uint8],
    *,
    rounds: int,
    progress: Progress = silent,
) -> dict[Recipe, float]:
    """Time fp32 and each distinct int8 graph, write timings.csv, and return the ratios to fp32.

    Args:
        folder: Where timings.csv goes.
        found: The searches.
        quantizer: Makes the graphs again.
        picture: (1, H, W, 3) uint8.
        rounds: At least 1.
        progress: Receives the number of rounds done.
    """
    graphs = {
        item.recipe: quantizer.quantize(item.recipe).SerializeToString(deterministic=True)
        for search in found
        for item in search.tried
        if item.recipe.target == "int8"
    }
    distinct = list(dict.fromkeys(graphs.values()))
    fp32_ms, *medians_ms = median_latencies_ms([quantizer.fp32(), *distinct], picture, rounds, progress=progress)
    by_graph = dict(zip(distinct, medians_ms, strict=True))
    latencies_ms = {recipe: by_graph[graph] for recipe, graph in graphs.items()}
    write_timings(folder / TIMINGS_NAME, found, fp32_ms, latencies_ms)
    return {recipe: latency_ms / fp32_ms for recipe, latency_ms in latencies_ms.items()}


def write_plot(folder: Path, found: Sequence[Found], budget: BudgetConfig, ratios: Mapping[Recipe, float]) -> None:
    """Draw recipes.png, or say in the log that it was not drawn because matplotlib is missing.

    Args:
        folder: Where it goes.
        found: The searches.
        budget: Its largest divergence is drawn.
        ratios: Latency by recipe, relative to fp32; may be empty.
    """
    try:
        draw(folder / PLOT_NAME, found, budget.max_divergence, ratios)
    except MissingDependencyError:
        _LOG.warning("%s was not drawn: matplotlib is not installed; pip install '.[report]' brings it", PLOT_NAME)
