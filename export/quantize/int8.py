"""Put Q/DQ nodes into a float graph with ONNX Runtime's quantizer."""

from collections.abc import Sequence

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationMethod, QuantType
from onnxruntime.quantization.calibrate import TensorData, TensorsData
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

from export.quantize.calibration import Ranges

QUANTIZED_OPERATORS = ("Conv", "Gemm", "MatMul", "Add", "Mul", "GlobalAveragePool")


def to_int8(model: onnx.ModelProto, ranges: Ranges, keep_float: Sequence[str]) -> onnx.ModelProto:
    """Return a QDQ graph: int8 weights per output channel, asymmetric uint8 activations.

    Args:
        model: The float graph, with shapes inferred; stays as it is.
        ranges: (low, high) by activation tensor.
        keep_float: Names of nodes that get no Q/DQ of their own; such a node still reads 8-bit values where a
            quantised node wrote them (the head reads the quantised embedding).
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    # The ranges are final, so they are handed over as plain minimum and maximum, whichever calibrator found them.
    tensors = TensorsData(
        CalibrationMethod.MinMax,
        {
            name: TensorData(lowest=np.array(low, np.float32), highest=np.array(high, np.float32))
            for name, (low, high) in ranges.items()
        },
    )
    quantizer = QDQQuantizer(
        copy,
        True,  # per_channel
        False,  # reduce_range
        QuantType.QInt8,
        QuantType.QUInt8,
        tensors,
        [],
        list(keep_float),
        list(QUANTIZED_OPERATORS),
        {},
    )
    quantizer.quantize_model()
    quantizer.model.topological_sort()
    quantized: onnx.ModelProto = quantizer.model.model
    quantized.producer_name, quantized.producer_version = "roadgrip", ""
    onnx.checker.check_model(quantized, full_check=True)
    return quantized
