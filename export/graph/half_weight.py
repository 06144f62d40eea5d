"""Round weights to float16, and refuse what would be lost by it: values too large, and tensors that become zero."""

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from data_tools.errors import CheckFailedError

_LARGEST = float(np.finfo(np.float16).max)
_NEGLIGIBLE = 2.0**-11
"""Float16 has 11 bits: beside a value this much larger, a smaller one is rounded away in any sum."""
_BIAS = {("Conv", 2), ("Gemm", 2)}


def half_weight(tensor: onnx.TensorProto, name: str, reader: onnx.NodeProto, position: int) -> onnx.TensorProto:
    """Round a weight to float16.

    Values below 2^-25 become 0. Of a few that is harmless, and of a bias too: it would add no more than that. It is
    refused where a whole tensor vanishes, such as a factor or a smallest divisor; and where a whole output channel
    does, unless the channel is negligible beside the tensor's largest value, as those that training let die.

    Args:
        tensor: The float32 weight.
        name: Of the result.
        reader: A node that reads it.
        position: The input of that node which it is.

    Raises:
        CheckFailedError: It does not fit.
    """
    value = np.asarray(numpy_helper.to_array(tensor), np.float32)
    largest = float(np.abs(value).max(initial=0.0))
    if not largest <= _LARGEST:
        raise CheckFailedError(f"weight {tensor.name}: expected values up to {_LARGEST:g} for float16, got {largest:g}")
    half = value.astype(np.float16)
    if value.any() and not half.any() and (reader.op_type, position) not in _BIAS:
        raise CheckFailedError(
            f"weight {tensor.name}: expected values that float16 can hold, but float16 turns all of them into 0, the "
            f"largest being {largest:g}"
        )
    axis = _output_axis(reader, position, value.ndim)
    if axis is not None:
        channel = _lost_channel(value, half, axis)
        if channel is not None:
            raise CheckFailedError(
                f"weight {tensor.name}: expected values that float16 can hold, but float16 turns all of output channel "
                f"{channel} into 0, and the tensor's largest value is no more than {largest:g}"
            )
    return numpy_helper.from_array(half, name)


def _lost_channel(value: npt.NDArray[np.float32], half: npt.NDArray[np.float16], axis: int) -> int | None:
    """Return the first output channel that vanishes although it is not negligible, or None."""
    others = tuple(other for other in range(value.ndim) if other != axis)
    largest = np.abs(value).max(axis=others)
    lost = (largest > _NEGLIGIBLE * np.abs(value).max()) & ~half.any(axis=others)
    return int(np.argmax(lost)) if lost.any() else None


def _output_axis(reader: onnx.NodeProto, position: int, rank: int) -> int | None:
    """Return the axis of output channels, or None for what is no matrix or kernel on the right."""
    if position != 1 or rank < 2:
        return None
    if reader.op_type == "Conv":
        return 0
    if reader.op_type == "Gemm":
        transposed = any(item.name == "transB" and item.i for item in reader.attribute)
        return 0 if transposed else 1
    return rank - 1 if reader.op_type == "MatMul" else None
