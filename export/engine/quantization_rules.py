"""Check where a graph quantises, and how, against TensorRT's rules for explicit quantisation.

Sources: NVIDIA, "Working with Quantized Types",
https://docs.nvidia.com/deeplearning/tensorrt/latest/inference-library/work-quantized-types.html (symmetric
quantisation, signed int8), and NVIDIA, "Explicit Quantization", section "Q/DQ Layer-Placement Recommendations",
https://docs.nvidia.com/deeplearning/tensorrt/latest/inference-library/quantized-types-explicit-quantization.html:
quantise all inputs of weighted operations, by default not their outputs; per-tensor scales for activations and
per-channel scales for weights.
"""

from collections.abc import Iterator

import numpy as np

from export.engine.graph_view import Finding, GraphNode, GraphView

_Q, _DQ = "QuantizeLinear", "DequantizeLinear"
_WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_ACTIVATIONS = ("Relu", "HardSwish", "HardSigmoid", "Sigmoid", "Clip", "LeakyRelu", "Elu", "Gelu", "Tanh", "Mish")


def quantization_findings(view: GraphView) -> Iterator[Finding]:
    """Find Q/DQ nodes with wrong types, zero points, scales or places."""
    for node in view.nodes:
        if node.op in {_Q, _DQ}:
            yield from _number_findings(view, node)
            yield from _pair_findings(view, node)
        if node.op in _WEIGHTED and not node.domain:
            yield from _weighted_findings(view, node)
    for name in view.outputs:
        if view.producer_op(name) in {_Q, _DQ}:
            label = view.producers[name].label
            yield Finding("output", label, f"stands on the network's output '{name}'; outputs stay in float")


def _number_findings(view: GraphView, node: GraphNode) -> Iterator[Finding]:
    """Check the integer type, the zero point and the scale of a Q or DQ."""
    integers = node.outputs[0] if node.op == _Q else node.inputs[0]
    kind = view.types.get(integers, "unknown")
    if kind != "INT8":
        yield Finding("quantized type", node.label, f"quantises to {kind}, TensorRT takes signed INT8")
    zero_point = node.input(2)
    if zero_point and zero_point not in view.constants:
        yield Finding("zero point", node.label, f"the zero point '{zero_point}' must be a constant")
    elif zero_point and view.constants[zero_point].astype(np.int64).any():
        worst = int(np.abs(view.constants[zero_point].astype(np.int64)).max())
        yield Finding("zero point", node.label, f"zero points must be 0, got up to {worst}; quantise symmetrically")
    scale = view.constants.get(node.input(1))
    if scale is None:
        yield Finding("scale", node.label, f"the scale '{node.input(1)}' must be a constant")
    elif not (np.isfinite(scale.astype(np.float64)) & (scale.astype(np.float64) > 0)).all():
        yield Finding("scale", node.label, "scales must be positive and finite")


def _pair_findings(view: GraphView, node: GraphNode) -> Iterator[Finding]:
    """Check that Q and DQ come in pairs of equal scales; constants may be stored as int8 and need no Q."""
    if node.op == _Q:
        others = [reader.label for reader in view.consumers.get(node.outputs[0], []) if reader.op != _DQ]
        if others:
            yield Finding("pair", node.label, f"only DequantizeLinear may read it, got {', '.join(others)}")
        return
    source = node.inputs[0]
    if source in view.constants:
        return
    if view.producer_op(source) != _Q:
        yield Finding("pair", node.label, f"expected a QuantizeLinear or an int8 constant before it, got '{source}'")
        return
    ours, theirs = view.constants.get(node.input(1)), view.constants.get(view.producers[source].input(1))
    if ours is not None and theirs is not None and not np.array_equal(ours, theirs):
        yield Finding("pair", node.label, f"has another scale than {view.producers[source].label}")
    yield from _activation_findings(view, node)


def _activation_findings(view: GraphView, node: GraphNode) -> Iterator[Finding]:
    """Check a Q/DQ pair on an activation: one scale, and not between a weighted operator and its activation."""
    quantize = view.producers[node.inputs[0]]
    origin = quantize.inputs[0]
    if origin in view.constants:
        return
    scale = view.constants.get(node.input(1))
    if scale is not None and scale.size != 1:
        yield Finding("activation scale", node.label, f"activations take one scale per tensor, got {scale.size}")
    readers = [reader.op for reader in view.consumers.get(node.outputs[0], []) if reader.op in _ACTIVATIONS]
    if view.producer_op(origin) in _WEIGHTED and readers:
        reason = f"stands between {view.producers[origin].label} and its {readers[0]}; quantise after the {readers[0]}"
        yield Finding("placement", quantize.label, reason, "advice")


def _weighted_findings(view: GraphView, node: GraphNode) -> Iterator[Finding]:
    """Check the inputs of a convolution or matrix product."""
    quantized = [view.producer_op(node.input(index)) == _DQ for index in (0, 1)]
    if quantized[0] != quantized[1]:
        missing = ("the activation", "the weights")[quantized.index(False)]
        yield Finding("placement", node.label, f"all its inputs must be quantised or none; {missing} are not: no DQ")
    if view.producer_op(node.input(2)) == _DQ:
        yield Finding("bias", node.label, "the bias must stay in float, but it comes from a DequantizeLinear")
    if quantized[1]:
        yield from _weight_findings(view, node, view.producers[node.input(1)])


def _weight_findings(view: GraphView, node: GraphNode, dequantize: GraphNode) -> Iterator[Finding]:
    """Check that constant weights have a scale for each output channel."""
    source = dequantize.inputs[0]
    origin = source if source in view.constants else view.producers[source].input(0) if source in view.producers else ""
    weights, scale = view.constants.get(origin), view.constants.get(dequantize.input(1))
    if weights is None or scale is None:
        return
    axis = _output_axis(node, weights.ndim)
    given = dequantize.integer("axis", 1) % weights.ndim
    channels = weights.shape[axis]
    if scale.ndim != 1 or scale.size != channels or (given != axis and channels > 1):
        got = f"{scale.size} on axis {given}" if scale.ndim else "one scale for all"
        yield Finding(
            "weight scale",
            dequantize.label,
            f"weights take {channels} scales on axis {axis} (of {node.label}), got {got}",
        )


def _output_axis(node: GraphNode, rank: int) -> int:
    """Return the weights' axis of output channels."""
    if node.op == "Conv":
        return 0
    if node.op == "ConvTranspose":
        return 1
    if node.op == "Gemm":
        return 0 if node.integer("transB", 0) else 1
    return rank - 1
