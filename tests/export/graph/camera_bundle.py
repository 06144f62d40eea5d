"""Make a bundle with all four variants of a small graph that begins as an exported one."""

from pathlib import Path

import numpy as np
import onnx

from data_tools.images.preprocessing import PreprocessingSpec
from export.graph.batch import with_batch
from export.graph.half import nodes_kept_in_float, to_half
from export.metadata import write_metadata
from export.quantize.insert import Activations, quantize_inputs
from tests.export.hand_made import all_activations
from tests.export.quantize.small_graph import WEIGHTED, pictures_of, small_graph
from tests.export.runtime.tiny_bundle import CLASSES, write_bundle
from tests.export.runtime.tiny_bundle import SPEC as TINY

SIDE = (TINY.height, TINY.width)
VARIANTS = ("fp32", "fp16", "int8", "int8-trt")


def variant_graphs(spec: PreprocessingSpec = TINY, opset: int = 19, batch: int | None = None) -> dict[str, bytes]:
    """Return the four graphs; int8-trt is float16 with int8 codes without zero points."""
    model = small_graph(SIDE, opset=opset)
    seen = all_activations(model, {"image": pictures_of(6, SIDE)[0]})
    ranges = {name: (float(value.min()), float(value.max())) for name, value in seen.items()}
    layers = WEIGHTED[1:-1]
    graphs = {"fp32": model, "int8": quantize_inputs(model, ranges, layers, Activations(symmetric=False))}
    if opset >= 19:  # float16 scales
        half = to_half(model, nodes_kept_in_float(model))
        graphs["fp16"] = half
        graphs["int8-trt"] = quantize_inputs(half, _half_ranges(half, ranges), layers, Activations(symmetric=True))
    for graph in graphs.values():
        write_metadata(graph, CLASSES, spec, [], "measured")
    if batch is not None:
        graphs = {name: with_batch(graph, batch) for name, graph in graphs.items()}
    return {name: graph.SerializeToString() for name, graph in graphs.items()}


def write_camera_bundle(
    folder: Path, spec: PreprocessingSpec = TINY, opset: int = 19, batch: int | None = None
) -> Path:
    """Write the bundle, and return its folder. The stored outputs are another graph's; nothing here reads them."""

    def edit(manifest: dict) -> None:
        manifest["feature_dim"] = 4
        manifest["preprocessing"] = spec.model_dump(mode="json")

    return write_bundle(folder, variant_graphs(spec, opset, batch), edit, {"int8": 1.5}).parent


def camera_frames(height: int, width: int, count: int = 3) -> np.ndarray:
    """Return (count, height, width, 3) uint8 of the three classes' colours under noise."""
    return pictures_of(count, (height, width), seed=7)[0]


def _half_ranges(half: onnx.ModelProto, ranges: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Return ranges by the names that the float16 graph has."""
    names = {name for node in half.graph.node for name in node.input}
    return ranges | {name: ranges[name.removesuffix("_half")] for name in names if name.removesuffix("_half") in ranges}
