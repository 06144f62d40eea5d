"""Write the tables of a search: recipes and layers are part of the artifact, latencies depend on the machine."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from data_tools.artifacts.csv_table import write_table
from export.quantize.found import Found, Tried
from export.quantize.pareto import front
from export.quantize.recipe import Recipe

RECIPES_NAME, SENSITIVITY_NAME, TIMINGS_NAME = "recipes.csv", "sensitivity.csv", "timings.csv"

RECIPE_COLUMNS = (
    "target", "step", "label", "calibration", "percentile", "float_groups", "float_nodes", "equalized",
    "bias_corrected", "centered", "finetuned", "accuracy", "accuracy_drop", "agreement", "confidence_change",
    "ece_change", "divergence_nats", "feature_sqnr_db", "int8_share", "size_bytes", "breaches", "on_front", "chosen",
)  # fmt: skip
LAYER_COLUMNS = (
    "target",
    "rank",
    "node",
    "divergence_nats",
    "feature_sqnr_db",
    "accuracy_drop",
    "agreement",
    "finetuned",
    "left_in_float",
)
TIMING_COLUMNS = ("target", "label", "median_ms", "ratio_to_fp32", "note")

NOT_ITS_BACK_END = "not timed: ONNX Runtime on a CPU is not its back end"


def write_recipes(path: Path, found: Sequence[Found]) -> None:
    """Write a row for each recipe tried, in the order of the searches.

    `on_front` = no other recipe for the target diverges less and does as large a share in 8 bits, or does a larger
    share and diverges as little.
    """
    rows: list[list[object]] = []
    for search in found:
        on_front = set(front([(item.score.degradation.divergence, -item.int8_share) for item in search.tried]))
        rows += [
            [*_recipe_fields(item), index in on_front, item == search.chosen] for index, item in enumerate(search.tried)
        ]
    write_table(path, RECIPE_COLUMNS, rows)


def _recipe_fields(item: Tried) -> list[object]:
    """Return a row's fields, but for the last two."""
    recipe, change = item.recipe, item.score.degradation
    return [
        recipe.target,
        item.step,
        recipe.label,
        recipe.calibration,
        f"{recipe.percentile:g}" if recipe.calibration == "percentile" else "",
        " ".join(recipe.float_groups),
        " ".join(recipe.float_nodes),
        recipe.equalized,
        recipe.bias_corrected,
        recipe.centered,
        recipe.finetuned,
        f"{change.accuracy:.6f}",
        f"{change.accuracy_drop:.6f}",
        f"{change.agreement:.6f}",
        f"{change.confidence_change:.6f}",
        f"{change.ece_change:.6f}",
        f"{change.divergence:.7f}",
        f"{item.score.feature_sqnr_db:.3f}",
        f"{item.int8_share:.4f}",
        item.size_bytes,
        "; ".join(item.breaches),
    ]


def write_sensitivity(path: Path, found: Sequence[Found]) -> bool:
    """Write a row for each layer that was ranked, the noisiest first; return False, and write nothing, for none.

    A search that fine-tuned may have ranked twice; `left_in_float` is about the chosen recipe, and its ranking alone.
    """
    rows = [
        [
            search.chosen.recipe.target,
            rank,
            layer.node,
            f"{layer.divergence:.7f}",
            f"{layer.feature_sqnr_db:.3f}",
            f"{layer.accuracy_drop:.6f}",
            f"{layer.agreement:.6f}",
            finetuned,
            finetuned == search.chosen.recipe.finetuned and layer.node in search.chosen.recipe.float_nodes,
        ]
        for search in found
        for finetuned, ranking in ((False, search.sensitivity), (True, search.finetuned_sensitivity))
        for rank, layer in enumerate(ranking, start=1)
    ]
    if rows:
        write_table(path, LAYER_COLUMNS, rows)
    return bool(rows)


def write_timings(path: Path, found: Sequence[Found], fp32_ms: float, latencies_ms: Mapping[Recipe, float]) -> None:
    """Write fp32's latency and a row for each recipe; those for another back end are not timed.

    Args:
        path: The table.
        found: The searches.
        fp32_ms: Median of the fp32 graph.
        latencies_ms: Medians of the recipes that were timed.
    """
    rows: list[list[object]] = [["fp32", "fp32", f"{fp32_ms:.3f}", "1.000", ""]]
    for item in (item for search in found for item in search.tried):
        latency_ms = latencies_ms.get(item.recipe)
        head: list[object] = [item.recipe.target, item.recipe.label]
        if latency_ms is None:
            rows.append([*head, "", "", NOT_ITS_BACK_END])
        else:
            rows.append([*head, f"{latency_ms:.3f}", f"{latency_ms / fp32_ms:.3f}", ""])
    write_table(path, TIMING_COLUMNS, rows)
