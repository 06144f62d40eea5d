"""Free a graph's batch size, so that a search may run it on any number of pictures."""

import onnx


def free_batch(model: onnx.ModelProto) -> tuple[onnx.ModelProto, int | None]:
    """Return the graph with a free first dimension, and the batch size it insisted on, or None.

    This undoes `export.graph.batch.with_batch`, which fixes the inputs and outputs and nothing else.

    Args:
        model: Stays as it is.
    """
    free = onnx.ModelProto()
    free.CopyFrom(model)
    size = model.graph.input[0].type.tensor_type.shape.dim[0].dim_value
    if not size:
        return free, None
    for item in (*free.graph.input, *free.graph.output):
        item.type.tensor_type.shape.dim[0].dim_param = "batch"
    del free.graph.value_info[:]
    return free, size
