"""Quantise weights to int8 with a scale per output channel."""

import numpy as np
import numpy.typing as npt
import onnx

_LARGEST = 127


def weight_axis(node: onnx.NodeProto) -> int:
    """Return the axis of a weight that counts output channels.

    Args:
        node: A Conv, Gemm or MatMul node; its weight is its second input.
    """
    if node.op_type == "Conv":
        return 0
    transposed = any(item.name == "transB" and item.i for item in node.attribute)
    return 0 if transposed else 1


def quantize_weight(
    weight: npt.NDArray[np.floating], axis: int
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.floating]]:
    """Round a weight to int8: W ≈ s_c · q with q from −127 to 127.

    Args:
        weight: Float32 or float16.
        axis: Output channels.

    Returns:
        The values, shaped as the weight, and the scales (C,), of the weight's type. A float16 scale is rounded up, so
        that no value is cut off, and the values are rounded with the scale as it is stored.
    """
    others = tuple(index for index in range(weight.ndim) if index != axis)
    exact = np.abs(weight).astype(np.float64).max(axis=others) / _LARGEST
    scales = np.maximum(exact, np.finfo(weight.dtype).smallest_subnormal).astype(weight.dtype)
    scales = np.where(scales.astype(np.float64) < exact, np.nextafter(scales, np.inf, dtype=scales.dtype), scales)
    shape = [-1 if index == axis else 1 for index in range(weight.ndim)]
    values = np.round(weight.astype(np.float64) / scales.astype(np.float64).reshape(shape))
    return np.clip(values, -_LARGEST, _LARGEST).astype(np.int8), scales


def dequantize_weight(
    values: npt.NDArray[np.int8], scales: npt.NDArray[np.floating], axis: int
) -> npt.NDArray[np.float64]:
    """Return the weight that int8 values stand for, in float64."""
    shape = [-1 if index == axis else 1 for index in range(values.ndim)]
    return np.asarray(values * scales.astype(np.float64).reshape(shape), dtype=np.float64)
