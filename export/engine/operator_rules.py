"""Check operators, types, shapes and constants of a graph against TensorRT's parser.

Source: "Supported ONNX Operators" of the parser for TensorRT 10, https://github.com/onnx/onnx-tensorrt, file
docs/operators.md, kept in operators.json. What it says of an input that must be an initializer, and of attributes, is
decided here; what depends on values at run time is not.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter

from data_tools.validation import closest
from export.engine.graph_view import Finding, GraphNode, GraphView

_TABLE = Path(__file__).with_name("operators.json")
_REDUCTIONS = ("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")
CONSTANT_INPUTS: dict[str, tuple[int, str]] = {
    **{f"Reduce{name}": (1, "axes") for name in _REDUCTIONS},
    "Squeeze": (1, "axes"),
    "Unsqueeze": (1, "axes"),
    "Slice": (3, "axes"),
    "Pad": (3, "axes"),
    "CumSum": (1, "axis"),
    "OneHot": (1, "depth"),
    "Dropout": (2, "training_mode"),
}
"""Inputs that must be constants, by operator."""
_POOLS = ("AveragePool", "MaxPool", "LpPool")
_ONE_OUTPUT = ("MaxPool", "LayerNormalization", "Dropout")
_RESIZE = {
    "coordinate_transformation_mode": (
        "half_pixel",
        ("half_pixel", "pytorch_half_pixel", "tf_half_pixel_for_nn", "asymmetric", "align_corners"),
    ),
    "mode": ("nearest", ("nearest", "linear")),
    "nearest_mode": ("round_prefer_floor", ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")),
    "keep_aspect_ratio_policy": ("stretch", ("stretch",)),
}
_MAX_TOP_K = 3840


class OperatorFacts(BaseModel):
    """Hold what TensorRT takes of one operator."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    types: tuple[str, ...]
    restrictions: str


@cache
def operator_table() -> dict[str, OperatorFacts]:
    """Read the operators that TensorRT's parser takes."""
    return TypeAdapter(dict[str, OperatorFacts]).validate_python(json.loads(_TABLE.read_text(encoding="utf-8")))


def operator_findings(view: GraphView) -> Iterator[Finding]:
    """Find operators, types and attributes that the parser refuses."""
    table = operator_table()
    for node in view.nodes:
        facts = table.get(node.op)
        if facts is None or node.domain not in {"", "ai.onnx"}:
            name = f"{node.domain}.{node.op}" if node.domain else node.op
            yield Finding("operator", node.label, f"TensorRT has no operator {name}; {_like(node.op)}")
            continue
        yield from _type_findings(view, node, facts)
        yield from _restriction_findings(view, node)


def tensor_findings(view: GraphView) -> Iterator[Finding]:
    """Find free axes other than the batch, and constants that are not finite."""
    batch = {view.shapes[name][0] for name in view.inputs if view.shapes.get(name)}
    for name, shape in view.shapes.items():
        if name in view.inherited:
            continue
        free = [axis for axis, size in enumerate(shape) if not isinstance(size, int)]
        wrong = [axis for axis in free if axis > 0 or (name in view.inputs + view.outputs and shape[0] not in batch)]
        if wrong:
            where = "input" if name in view.inputs else "output" if name in view.outputs else "tensor"
            yield Finding("shape", f"{where} '{name}'", f"only the batch may be free, got the shape {list(shape)}")
    for name, value in view.constants.items():
        if name not in view.inherited and value.dtype.kind == "f" and not np.isfinite(value).all():
            yield Finding(
                "constant", f"constant '{name}'", f"holds values that {value.dtype} cannot ({_extreme(value)})"
            )


def _type_findings(view: GraphView, node: GraphNode, facts: OperatorFacts) -> Iterator[Finding]:
    """Find types that the operator does not take, and uint8 away from the network's ends."""
    if node.op == "DequantizeLinear":
        return  # see quantization_rules
    for name in node.data:
        found = view.types.get(name, "unknown")
        if found not in facts.types:
            taken = ", ".join(facts.types)
            yield Finding("type", node.label, f"'{name}' is {found}, TensorRT takes {taken} here{_uint8_hint(found)}")
            return
    if node.op == "Cast":
        first, last = node.inputs[0], node.outputs[0]
        if view.types.get(first) == "UINT8" and first not in view.inputs:
            yield Finding("uint8", node.label, f"'{first}' is UINT8 inside the network; it may only be an input")
        if view.types.get(last) == "UINT8" and last not in view.outputs:
            yield Finding("uint8", node.label, f"'{last}' is UINT8 inside the network; it may only be an output")


def _restriction_findings(view: GraphView, node: GraphNode) -> Iterator[Finding]:
    """Find what the table's restrictions forbid."""
    if node.op in CONSTANT_INPUTS:
        index, what = CONSTANT_INPUTS[node.op]
        name = node.input(index)
        if name and name not in view.constants:
            yield Finding("constant input", node.label, f"{what} must be an initializer, got the tensor '{name}'")
        elif name and node.op == "Dropout" and view.constants[name].any():
            yield Finding("training", node.label, "training_mode must be false")
    if node.op in _POOLS:
        yield from _pool_findings(view, node)
    if node.op in _ONE_OUTPUT and any(node.outputs[1:]):
        yield Finding("output", node.label, f"only the first output is supported, got {len(node.outputs)}")
    if node.op == "Resize":
        yield from _resize_findings(view, node)
    if node.op == "TopK":
        yield from _top_k_findings(view, node)
    if node.op == "ScatterND" and node.text("reduction", "none") != "none":
        yield Finding("attribute", node.label, "reduction is not supported")


def _pool_findings(view: GraphView, node: GraphNode) -> Iterator[Finding]:
    """Check dilations and the number of axes of a pooling."""
    dilations = node.attributes.get("dilations", ())
    if isinstance(dilations, tuple) and any(value != 1 for value in dilations):
        yield Finding("attribute", node.label, f"dilations must be 1, got {list(dilations)}")
    shape = view.shapes.get(node.inputs[0])
    if shape is not None and len(shape) not in {4, 5}:
        yield Finding("rank", node.label, f"only 2D and 3D pooling is supported, got {len(shape) - 2}D")


def _resize_findings(view: GraphView, node: GraphNode) -> Iterator[Finding]:
    """Check a Resize's modes."""
    for name, (default, allowed) in _RESIZE.items():
        value = node.text(name, default)
        if value not in allowed and (name != "nearest_mode" or node.text("mode", "nearest") == "nearest"):
            yield Finding("attribute", node.label, f"{name} '{value}' is not supported, only {', '.join(allowed)}")
    if node.integer("antialias", 0):
        yield Finding("attribute", node.label, "antialias is not supported")
    scales = node.input(2)
    if scales and scales not in view.constants and "axes" in node.attributes:
        axes, shape = node.attributes["axes"], view.shapes.get(node.inputs[0], ())
        if axes != tuple(range(len(shape))):
            yield Finding(
                "attribute", node.label, f"axes must be 0..{len(shape) - 1} when scales is a tensor, got {axes}"
            )


def _top_k_findings(view: GraphView, node: GraphNode) -> Iterator[Finding]:
    """Check a TopK's order and size."""
    if not node.integer("sorted", 1):
        yield Finding("attribute", node.label, "sorted must be 1")
    size = view.constants.get(node.input(1))
    if size is not None and int(size.reshape(-1)[0]) >= _MAX_TOP_K:
        yield Finding("attribute", node.label, f"K must be below {_MAX_TOP_K}, got {int(size.reshape(-1)[0])}")


def _uint8_hint(found: str) -> str:
    """Say what to do with uint8."""
    return "; cast the network's input to float first" if found == "UINT8" else ""


def _like(name: str) -> str:
    """Name the operator that is closest, without the whole list."""
    return closest(name, tuple(operator_table())).partition(" (known")[0].partition("(known")[0] or "leave it out"


def _extreme(value: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> str:
    """Name what is not finite in an array."""
    return "NaN" if np.isnan(value).any() else "infinity: an overflow when it was made smaller?"
