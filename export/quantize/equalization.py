"""Equalise weight ranges across neighbouring layers (Nagel et al., 2019, "Data-Free Quantization", section 4.1)."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper


class Pair(NamedTuple):
    """Name two convolutions with nothing but a ReLU, or nothing, between them."""

    first: str
    second: str


def equalizable_pairs(model: onnx.ModelProto) -> list[Pair]:
    """Return the pairs where scaling a channel down before and up after changes nothing.

    That needs f(s·x) = s·f(x) for s > 0 between the two, which ReLU fulfils and h-swish does not, and that nothing
    else reads the values in between: a residual connection or a squeeze-and-excite block would see the scaled ones.
    The second must be an ordinary or a depthwise convolution, and no other layer may share a weight or bias.
    """
    shapes = {item.name: list(item.dims) for item in model.graph.initializer}
    readers: dict[str, list[onnx.NodeProto]] = defaultdict(list)
    for node in model.graph.node:
        for name in node.input:
            readers[name].append(node)
    outputs = {item.name for item in model.graph.output}
    pairs = []
    for node in model.graph.node:
        if node.op_type != "Conv":
            continue
        current = node
        while len(readers[current.output[0]]) == 1 and current.output[0] not in outputs:
            current = readers[current.output[0]][0]
            if current.op_type != "Relu":
                break
        own = all(len(readers[name]) == 1 for name in (*node.input[1:], *current.input[1:]))
        if current.op_type == "Conv" and current is not node and own and _plain_or_depthwise(current, shapes):
            pairs.append(Pair(node.name, current.name))
    return pairs


def equalize(model: onnx.ModelProto, sweeps: int = 20) -> onnx.ModelProto:
    """Return a graph that computes the same with weights whose ranges match from layer to layer.

    For each pair and channel i, s_i = √(r1_i · r2_i) / r2_i with r1_i = max |W1[i]| and r2_i = max |W2[:, i]|; then
    W1[i] and b1[i] are divided by s_i and W2[:, i] multiplied by it, after which both have range √(r1_i · r2_i)
    (equation 11 of the paper). Sweeps over all pairs go on until every s is 1 within a thousandth.

    Args:
        model: A float graph with constant weights; stays as it is.
        sweeps: At most.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    nodes = {node.name: node for node in copy.graph.node}
    weights = {item.name: numpy_helper.to_array(item).astype(np.float64) for item in copy.graph.initializer}
    pairs = equalizable_pairs(copy)
    for _ in range(sweeps):
        steps = [_equalize_pair(nodes[pair.first], nodes[pair.second], weights) for pair in pairs]
        if max(steps, default=0.0) < 1e-3:
            break
    for item in copy.graph.initializer:
        value = numpy_helper.to_array(item)
        if value.dtype == np.float32:
            item.CopyFrom(numpy_helper.from_array(weights[item.name].astype(np.float32), item.name))
    return copy


def _equalize_pair(first: onnx.NodeProto, second: onnx.NodeProto, weights: dict[str, npt.NDArray[np.float64]]) -> float:
    """Equalise one pair, in place, and return the largest |s − 1|."""
    before, after = weights[first.input[1]], weights[second.input[1]]
    groups = _groups(second)
    range_before = np.abs(before).max(axis=(1, 2, 3))
    # In a depthwise convolution channel i is output channel i.
    range_after = np.abs(after).max(axis=(0, 2, 3) if groups == 1 else (1, 2, 3))
    usable = (range_before > 0) & (range_after > 0)
    scale = np.ones_like(range_before)
    scale[usable] = np.sqrt(range_before[usable] / range_after[usable])
    weights[first.input[1]] = before / scale[:, None, None, None]
    if len(first.input) > 2:
        weights[first.input[2]] = weights[first.input[2]] / scale
    weights[second.input[1]] = after * (scale[None, :, None, None] if groups == 1 else scale[:, None, None, None])
    return float(np.abs(scale - 1).max())


def _plain_or_depthwise(node: onnx.NodeProto, shapes: dict[str, list[int]]) -> bool:
    """Tell whether a convolution reads every channel in all of its outputs, or each in the one of the same number."""
    outputs, inputs_each, *_ = shapes.get(node.input[1], [0, 0])
    return _groups(node) == 1 or (inputs_each == 1 and _groups(node) == outputs)


def _groups(node: onnx.NodeProto) -> int:
    """Return a convolution's number of groups."""
    return next((int(item.i) for item in node.attribute if item.name == "group"), 1)
