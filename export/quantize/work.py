"""Count multiply-accumulates, and the share of them that a graph does on 8-bit numbers."""

import math

import onnx

from export.quantize.insert import WEIGHTED_OPERATORS

_DEQUANTIZE = "DequantizeLinear"


def multiply_accumulates(model: onnx.ModelProto) -> dict[str, int]:
    """Return the multiply-accumulates of every weighted layer for one picture, by node name.

    A layer does one for each of its weights at each position of its output: Conv H·W·O·(I / groups)·k², a matrix
    product I·O.

    Args:
        model: A float graph with constant weights.

    Raises:
        ValueError: The output size of a convolution cannot be told.
    """
    graph = onnx.shape_inference.infer_shapes(model).graph
    sizes = {item.name: math.prod(item.dims) for item in graph.initializer}
    shapes = {
        item.name: [dim.dim_value for dim in item.type.tensor_type.shape.dim]
        for item in (*graph.value_info, *graph.output)
    }
    found: dict[str, int] = {}
    for node in graph.node:
        if node.op_type not in WEIGHTED_OPERATORS or node.input[1] not in sizes:
            continue
        positions = math.prod(shapes.get(node.output[0], [0, 0, 0])[2:]) if node.op_type == "Conv" else 1
        if positions == 0:
            raise ValueError(f"{node.name}: expected a known output size")
        found[node.name] = positions * sizes[node.input[1]]
    return found


def int8_share(quantized: onnx.ModelProto, work: dict[str, int]) -> float:
    """Return the share of the multiply-accumulates whose two inputs are 8-bit numbers.

    Args:
        quantized: A graph with Q/DQ nodes, whose layers are named as in the float graph.
        work: Multiply-accumulates by layer, of the float graph.
    """
    made_by = {name: node.op_type for node in quantized.graph.node for name in node.output}
    done = sum(
        work[node.name]
        for node in quantized.graph.node
        if node.name in work and all(made_by.get(name) == _DEQUANTIZE for name in node.input[:2])
    )
    return done / max(1, sum(work.values()))
