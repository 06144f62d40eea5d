"""Fix a graph's batch size."""

import onnx


def with_batch(model: onnx.ModelProto, size: int) -> onnx.ModelProto:
    """Return the graph with a batch of exactly `size` pictures, as some accelerators want it.

    Args:
        model: A graph whose inputs and outputs have a free first dimension; stays as it is.
        size: At least 1.
    """
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    for item in (*fixed.graph.input, *fixed.graph.output):
        item.type.tensor_type.shape.dim[0].dim_value = size
    del fixed.graph.value_info[:]
    onnx.checker.check_model(fixed, full_check=True)
    return fixed
