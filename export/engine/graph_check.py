"""Check an ONNX graph against what TensorRT takes, without TensorRT (the one module here that needs onnx)."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from data_tools.errors import CheckFailedError
from export.engine.graph_view import Attribute, Dimension, Finding, GraphNode, GraphView
from export.engine.operator_rules import operator_findings, tensor_findings
from export.engine.quantization_rules import quantization_findings

if TYPE_CHECKING:
    import onnx

_TYPES = {
    "FLOAT": "FP32",
    "FLOAT16": "FP16",
    "BFLOAT16": "BF16",
    "FLOAT8E4M3FN": "FP8",
    "DOUBLE": "FP64",
}
"""ONNX's names that TensorRT writes in another way."""
_OPSETS = range(9, 21)
"""What every TensorRT 10 takes; later ones take more (docs/operators.md of onnx-tensorrt, release by release)."""
_DATA_INPUT = {"Where": 1, "OneHot": 2}
_DATA_OUTPUT = ("Constant", "ConstantOfShape", "EyeLike", "RandomNormal", "RandomUniform")


def check_model(model: "onnx.ModelProto", label: str) -> list[Finding]:
    """Raise unless TensorRT should take the graph, and return the advice that is left.

    Args:
        model: A self-contained graph.
        label: What to call it in messages.

    Raises:
        CheckFailedError: TensorRT would refuse it; the message names the first node and reason, and counts the rest.
    """
    found = find_faults(model)
    faults = [finding for finding in found if finding.level == "fault"]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise CheckFailedError(f"{label}: not a graph for TensorRT: {faults[0]}{more}")
    return found


def check_bytes(graph: bytes, label: str) -> list[Finding]:
    """Check an ONNX file's bytes (see `check_model`).

    Raises:
        CheckFailedError: TensorRT would refuse it, or it is no ONNX file.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_from_string(graph)
    except DecodeError as error:
        raise CheckFailedError(f"{label}: expected an ONNX file, but it cannot be read as one") from error
    return check_model(model, label)


def find_faults(model: "onnx.ModelProto") -> list[Finding]:
    """Return everything that TensorRT's documentation forbids or advises against in a graph.

    The operator set, operators, types, restrictions that can be decided, shapes, constants that are not finite, and
    where and how it quantises; the same within subgraphs, as those of an If. Nothing found is no proof: kernels may be
    missing on a GPU, which only a build shows.
    """
    import onnx

    try:
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except onnx.shape_inference.InferenceError as error:
        return [
            Finding("types", "graph", f"types or shapes do not fit together ({' '.join(str(error).split())[:200]})")
        ]
    opset = max((item.version for item in model.opset_import if item.domain in {"", "ai.onnx"}), default=1)
    found = []
    if opset not in _OPSETS:
        reason = f"every TensorRT 10 takes operator sets {_OPSETS[0]} to {_OPSETS[-1]}, got {opset}"
        found.append(Finding("opset", "graph", reason))
    for view in views_of(inferred.graph, opset):
        found += [*operator_findings(view), *tensor_findings(view), *quantization_findings(view)]
    return found


def views_of(graph: "onnx.GraphProto", opset: int, outer: GraphView | None = None, where: str = "") -> list[GraphView]:
    """Return what the checks need of a graph with inferred types and shapes, and of every graph inside it.

    Args:
        graph: The graph.
        opset: Its operator set.
        outer: The graph around it, whose tensors it may read.
        where: The node that holds it, for messages.
    """
    view = _view_of(graph, opset, outer, where)
    views = [view]
    for node, seen in zip(graph.node, view.nodes, strict=True):
        for attribute in node.attribute:
            inner = [attribute.g] if attribute.HasField("g") else attribute.graphs
            views += [found for item in inner for found in views_of(item, opset, view, f" in {seen.label}")]
    return views


def _view_of(graph: "onnx.GraphProto", opset: int, outer: GraphView | None, where: str) -> GraphView:
    """Return the view of one graph; what it takes from around it counts as neither its input nor its output."""
    from onnx import helper, numpy_helper

    constants = {item.name: _plain(numpy_helper.to_array(item)) for item in graph.initializer}
    types = {item.name: _type_name(item.data_type) for item in graph.initializer}
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                constants[node.output[0]] = _plain(numpy_helper.to_array(attribute.t))
    shapes: dict[str, tuple[Dimension, ...]] = {}
    for value in (*graph.input, *graph.value_info, *graph.output):
        tensor = value.type.tensor_type
        types[value.name] = _type_name(tensor.elem_type)
        if tensor.HasField("shape"):
            shapes[value.name] = tuple(_dimension(dim) for dim in tensor.shape.dim)
    return GraphView(
        nodes=[
            GraphNode(
                op=node.op_type,
                name=node.name,
                inputs=tuple(node.input),
                outputs=tuple(node.output),
                attributes={item.name: _attribute(helper.get_attribute_value(item)) for item in node.attribute},
                data=_data_tensors(node, opset),
                domain=node.domain,
                where=where,
            )
            for node in graph.node
        ],
        inputs=() if outer else tuple(item.name for item in graph.input if item.name not in constants),
        outputs=() if outer else tuple(item.name for item in graph.output),
        types={**outer.types, **types} if outer else types,
        shapes={**outer.shapes, **shapes} if outer else shapes,
        constants={**outer.constants, **constants} if outer else constants,
        inherited=frozenset({*outer.types, *outer.constants} - {*types, *constants}) if outer else frozenset(),
    )


def _data_tensors(node: "onnx.NodeProto", opset: int) -> tuple[str, ...]:
    """Return the tensors of a node that share the type its operator computes on."""
    import onnx

    if not onnx.defs.has(node.op_type, node.domain):
        return ()
    schema = onnx.defs.get_schema(node.op_type, opset, node.domain)
    if node.op_type in _DATA_OUTPUT:
        return (node.output[0],)
    if not schema.inputs:
        return ()
    kind = schema.inputs[_DATA_INPUT.get(node.op_type, 0)].type_str
    kinds = {kind, schema.outputs[0].type_str} if node.op_type in {"Cast", "CastLike"} else {kind}
    found = [
        name
        for names, formals in ((node.input, schema.inputs), (node.output, schema.outputs))
        for index, name in enumerate(names)
        if name and formals[min(index, len(formals) - 1)].type_str in kinds
    ]
    return tuple(dict.fromkeys(found))


def _dimension(dim: "onnx.TensorShapeProto.Dimension") -> Dimension:
    """Return a size, a free axis' name, or None."""
    if dim.HasField("dim_value"):
        return dim.dim_value
    return dim.dim_param or None


def _type_name(number: int) -> str:
    """Return TensorRT's name of an ONNX element type."""
    import onnx

    name = str(onnx.TensorProto.DataType.Name(number))
    return _TYPES.get(name, name)


def _attribute(value: object) -> Attribute:
    """Return a plain attribute; tensors and graphs as empty text, which no rule reads."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, int | float):
        return value
    if isinstance(value, list | tuple) and all(isinstance(item, int) for item in value):
        return tuple(value)
    return ""


def _plain(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Return an array in a type that numpy itself knows; bfloat16 and the like become float32."""
    return array if array.dtype.kind in "fiub" else array.astype(np.float32)
