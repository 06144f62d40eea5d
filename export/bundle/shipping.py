"""Decide which of the graphs that were made go into the bundle, and say why the others do not."""

from pathlib import Path
from typing import NamedTuple

from data_tools.artifacts.csv_table import iterate_table
from data_tools.errors import InputError
from export.artifact import OnnxArtifact, QuantizedArtifact, QuantizedGraph
from export.config import ShipInt8
from export.runtime.manifest import LeftOut, VariantName

TIMINGS_NAME = "timings.csv"
TIMING_COLUMNS = ("target", "label", "median_ms", "ratio_to_fp32", "note")
"""As `export.quantize.tables` writes them; that module needs onnx, and a bundle is made without."""

FASTER = 0.98
"""Largest latency over fp32's that counts as faster: two measurements of one graph differ by about 2 %."""


class Made(NamedTuple):
    """Name a graph that goes into the bundle."""

    name: VariantName
    path: Path


class Cargo(NamedTuple):
    """Hold what ships, fp32 first, and what does not."""

    graphs: tuple[Made, ...]
    left_out: tuple[LeftOut, ...]


def choose_cargo(
    ship_int8: ShipInt8,
    onnx_path: Path,
    source: OnnxArtifact,
    quantized_path: Path | None,
    quantized: QuantizedArtifact | None,
) -> Cargo:
    """Take fp32 and fp16 as they are, and a quantised graph where it is worth shipping.

    Args:
        ship_int8: 'faster': within the budget on the pictures that chose it and on the test part, and int8 also faster
            than fp32 in ONNX Runtime on this machine; 'within_budget': whatever its speed; 'always'. int8-trt is not
            timed: this machine is not its back end.
        onnx_path: onnx.json.
        source: Its content.
        quantized_path: quantized.json, or None.
        quantized: Its content, or None.

    Raises:
        InputError: int8 must be faster, but its latency was not measured.
    """
    graphs = [Made("fp32", onnx_path.parent / source.graph.path)]
    if source.half is not None:
        graphs.append(Made("fp16", onnx_path.parent / source.half.graph.path))
    left_out: list[LeftOut] = []
    if quantized_path is not None and quantized is not None:
        for item in quantized.graphs:
            reason = _why_not(ship_int8, item, quantized_path)
            if reason is None:
                graphs.append(Made(item.name, quantized_path.parent / item.graph.path))
            else:
                left_out.append(LeftOut(name=item.name, reason=reason))
    return Cargo(tuple(graphs), tuple(left_out))


def is_faster(graph: QuantizedGraph, timings_path: Path) -> bool:
    """Tell whether the chosen recipe was faster than fp32 in ONNX Runtime on the machine that quantised.

    Args:
        graph: The int8 graph.
        timings_path: timings.csv beside quantized.json; no hash guards it, for it differs from run to run.

    Raises:
        InputError: The table is missing or malformed, or the recipe was not timed.
    """
    if not timings_path.is_file():
        raise InputError(
            f"{timings_path}: expected the latencies of the int8 recipes; set quantize.timing_rounds above 0 and "
            "quantise again, or set bundle.int8 to within_budget"
        )
    wanted = (graph.name, graph.recipe.label)
    rows = iterate_table(timings_path, TIMING_COLUMNS, _timing)
    ratios = [ratio for target, label, ratio in rows if (target, label) == wanted]
    if not ratios or None in ratios:
        raise InputError(
            f"{timings_path}: has no latency of '{graph.recipe.label}'; quantise again, or set bundle.int8 to "
            "within_budget"
        )
    # A label counts the nodes left in float but does not name them: two recipes can share it, and both must be faster.
    return all(ratio is not None and ratio < FASTER for ratio in ratios)


def _why_not(ship_int8: ShipInt8, graph: QuantizedGraph, quantized_path: Path) -> str | None:
    """Return why a quantised graph does not ship, or None; no number in it varies from run to run."""
    if ship_int8 == "always":
        return None
    for part, missed in (
        ("the pictures that chose its recipe", graph.breaches_on_choice),
        ("the test part", graph.breaches_on_test),
    ):
        if missed:
            return f"outside the budget on {part}: {'; '.join(missed)}"
    if graph.name == "int8" and ship_int8 == "faster" and not is_faster(graph, quantized_path.parent / TIMINGS_NAME):
        return "within the budget, but not faster than fp32 in ONNX Runtime on the machine that made the bundle"
    return None


def _timing(fields: list[str]) -> tuple[str, str, float | None]:
    """Read a row of timings.csv: target, recipe, latency over fp32's."""
    return fields[0], fields[1], float(fields[3]) if fields[3] else None
