"""Put Q/DQ pairs at the inputs of weighted layers: behind the activation, where TensorRT and OpenVINO look for them."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from export.quantize.calibration import Ranges
from export.quantize.weights import dequantize_weight, quantize_weight, weight_axis

WEIGHTED_OPERATORS = ("Conv", "Gemm", "MatMul")
Array = npt.NDArray[np.floating]
_TINY = float(np.finfo(np.float16).tiny)
"""Smallest scale: that of a tensor that is always 0 must not become 0 in float16."""


class Activations(NamedTuple):
    """Say how activations become 8-bit numbers."""

    symmetric: bool
    """int8 with a zero point of 0, as TensorRT wants, rather than asymmetric uint8."""
    centered: bool = False
    """Before a layer without padding, subtract the middle of the range and add W·middle to the bias: the same numbers
    as with a zero point, in a form without one. The middle is a multiple of the scale, so that 0 stays exact."""


def quantize_inputs(
    model: onnx.ModelProto, ranges: Ranges, nodes: Collection[str], activations: Activations
) -> onnx.ModelProto:
    """Return a graph whose chosen layers read 8-bit activations and weights; all else stays as it is.

    Every activation that a chosen layer reads gets one Q/DQ pair per tensor, shared by the chosen layers that read it.
    Weights are stored as int8 with a scale per output channel and zero points of 0; biases stay floating point.

    Args:
        model: A float32 or float16 graph; float16 needs operator set 19, whose scales may be float16. Stays as it is.
        ranges: (low, high) of every activation that a chosen layer reads.
        nodes: Names of Conv, Gemm and MatMul nodes with constant weights.
        activations: How activations are coded.

    Raises:
        KeyError: An activation has no range.
    """
    quantized = onnx.ModelProto()
    quantized.CopyFrom(model)
    graph = quantized.graph
    writer = _Writer({item.name: numpy_helper.to_array(item) for item in graph.initializer}, ranges, activations)
    chosen = set(nodes)
    for node in graph.node:
        if node.name in chosen:
            writer.quantize(node)
        writer.nodes.append(node)
    ordered = list(writer.nodes)
    del graph.node[:], graph.value_info[:]
    graph.node.extend(ordered)
    read = {name for node in graph.node for name in node.input}
    kept = [item for item in graph.initializer if item.name in read]
    del graph.initializer[:]
    graph.initializer.extend([*kept, *writer.constants.values()])
    onnx.checker.check_model(quantized, full_check=True)
    return quantized


def activation_scale(low: float, high: float, *, symmetric: bool) -> tuple[float, int]:
    """Return the scale and zero point of an activation.

    Args:
        low: Smallest value to represent; 0 is always within the range.
        high: Largest value to represent.
        symmetric: int8 from −127 to 127 with zero point 0, else uint8 from 0 to 255.
    """
    low, high = min(low, 0.0), max(high, 0.0)
    if symmetric:
        return max(-low, high, 127 * _TINY) / 127, 0
    scale = max(high - low, 255 * _TINY) / 255
    return scale, int(np.clip(round(-low / scale), 0, 255))


def centered_scale(low: float, high: float, dtype: npt.DTypeLike) -> float:
    """Return the scale at which a range fills int8 once its middle is subtracted, as `dtype` stores it.

    Args:
        low: At most 0.
        high: At least 0.
        dtype: float32 or float16.
    """
    # 253 rather than 254 steps: the middle is rounded to a step, which may move one end half a step out.
    return float(np.array(max(high - low, 253 * _TINY) / 253, dtype))


def middle_of(low: float, high: float, dtype: npt.DTypeLike) -> float:
    """Return the multiple of the scale that is nearest to the middle of a range, 0 included in the range."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = centered_scale(low, high, dtype)
    return round((low + high) / 2 / scale) * scale


def reads_without_padding(node: onnx.NodeProto) -> bool:
    """Tell whether every value that a layer reads is a real one: a matrix product, or a convolution without padding."""
    if node.op_type != "Conv":
        return True
    attributes = {item.name: item for item in node.attribute}
    automatic = attributes["auto_pad"].s if "auto_pad" in attributes else b"NOTSET"
    return automatic in {b"NOTSET", b"VALID"} and not ("pads" in attributes and any(attributes["pads"].ints))


class _Writer:
    """Collect the nodes of the new graph, and the constants that it adds."""

    def __init__(self, weights: dict[str, Array], ranges: Ranges, activations: Activations) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self._weights = weights
        self._ranges = ranges
        self._activations = activations
        self._read: set[str] = set()

    def quantize(self, node: onnx.NodeProto) -> None:
        """Make a layer read 8-bit numbers, in place."""
        source, weight = node.input[0], node.input[1]
        dtype = self._weights[weight].dtype
        centered = self._activations.centered and reads_without_padding(node)
        stored = self._weight(node)
        if centered:
            middle = np.array(middle_of(*self._ranges[source], dtype), dtype)
            self._shift_bias(node, stored, float(middle))
            node.input[0] = self._activation(source, f"{source}_centered", middle)
        else:
            node.input[0] = self._activation(source, source, np.array(0, dtype))
        node.input[1] = f"{weight}_dequantized"

    def _activation(self, source: str, name: str, middle: Array) -> str:
        """Code an activation as 8-bit numbers, once, and return the name of what they stand for."""
        result = f"{name}_dequantized"
        if result in self._read:
            return result
        self._read.add(result)
        low, high = self._ranges[source]
        low, high = min(low, 0.0), max(high, 0.0)
        if name != source:
            self._constant(f"{name}_middle", middle)
            self.nodes.append(helper.make_node("Sub", [source, f"{name}_middle"], [name], name=f"{name}_subtract"))
        if name == source:
            scale, zero = activation_scale(low, high, symmetric=self._activations.symmetric)
        else:
            scale, zero = centered_scale(low, high, middle.dtype), 0
        kind = np.int8 if self._activations.symmetric else np.uint8
        parameters = [
            self._constant(f"{name}_scale", np.array(scale, middle.dtype)),
            self._constant(f"{name}_zero_point", np.array(zero, kind)),
        ]
        codes = f"{name}_quantized"
        self.nodes += [
            helper.make_node("QuantizeLinear", [name, *parameters], [codes], name=f"{name}_quantize"),
            helper.make_node("DequantizeLinear", [codes, *parameters], [result], name=f"{name}_dequantize"),
        ]
        return result

    def _weight(self, node: onnx.NodeProto) -> npt.NDArray[np.float64]:
        """Store a layer's weight as int8, once, and return what it stands for."""
        name, axis = node.input[1], weight_axis(node)
        values, scales = quantize_weight(self._weights[name], axis)
        result = f"{name}_dequantized"
        if result not in self._read:
            self._read.add(result)
            parts = [
                self._constant(f"{name}_quantized", values),
                self._constant(f"{name}_scale", scales),
                self._constant(f"{name}_zero_point", np.zeros(len(scales), np.int8)),
            ]
            self.nodes.append(
                helper.make_node("DequantizeLinear", parts, [result], name=f"{name}_dequantize", axis=axis)
            )
        return dequantize_weight(values, scales, axis)

    def _shift_bias(self, node: onnx.NodeProto, weight: npt.NDArray[np.float64], middle: float) -> None:
        """Add W·middle to a layer's bias, in place."""
        axis = weight_axis(node)
        sums = weight.sum(axis=tuple(index for index in range(weight.ndim) if index != axis)) * middle
        bias = self._weights[node.input[2]].astype(np.float64) if len(node.input) > 2 else np.zeros_like(sums)
        name = f"{node.input[1]}_shifted_bias"
        dtype = self._weights[node.input[1]].dtype
        self._constant(name, (bias + sums).astype(dtype))
        del node.input[2:]
        node.input.append(name)

    def _constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        """Add a constant, and return its name."""
        self.constants[name] = numpy_helper.from_array(value, name)
        return name
