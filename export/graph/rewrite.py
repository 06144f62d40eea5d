"""Tidy an exported graph: fused pooling, no exporter's notes, nothing unused."""

import onnx
from onnx import numpy_helper


def fuse_global_pooling(model: onnx.ModelProto) -> int:
    """Turn every mean over the height and width of a (B, C, H, W) tensor into GlobalAveragePool, in place.

    ONNX Runtime keeps GlobalAveragePool in its blocked layout and TensorRT has a kernel for it; a ReduceMean costs a
    layout change on both sides.

    Returns:
        The number of means that were turned; one whose input has an unknown rank is left alone.
    """
    constants = {item.name: item for item in model.graph.initializer}
    ranks = _ranks(model)
    fused = 0
    for node in model.graph.node:
        if node.op_type != "ReduceMean" or len(node.input) != 2 or node.input[1] not in constants:
            continue
        if ranks.get(node.input[0]) != 4:
            continue
        axes = sorted(int(axis) % 4 for axis in numpy_helper.to_array(constants[node.input[1]]).reshape(-1))
        keeps = all(attribute.i == 1 for attribute in node.attribute if attribute.name == "keepdims")
        if axes == [2, 3] and keeps:
            node.op_type = "GlobalAveragePool"
            del node.input[1]
            del node.attribute[:]
            fused += 1
    return fused


def _ranks(model: onnx.ModelProto) -> dict[str, int]:
    """Return the number of axes of every tensor where it can be told."""
    graph = onnx.shape_inference.infer_shapes(model).graph
    tensors = ((item.name, item.type.tensor_type) for item in (*graph.input, *graph.value_info, *graph.output))
    return {name: len(tensor.shape.dim) for name, tensor in tensors if tensor.HasField("shape")}


def drop_unused_initializers(model: onnx.ModelProto) -> None:
    """Remove weights that no node reads and that are no output, in place."""
    used = {name for node in model.graph.node for name in node.input} | {item.name for item in model.graph.output}
    kept = [item for item in model.graph.initializer if item.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)


def strip_notes(model: onnx.ModelProto) -> None:
    """Remove the exporter's notes (stack traces with local paths among them), in place."""
    graph = model.graph
    for item in (*graph.node, *graph.initializer, *graph.input, *graph.output, *graph.value_info):
        item.ClearField("metadata_props")
        item.ClearField("doc_string")
    graph.ClearField("metadata_props")
    graph.ClearField("value_info")
    graph.ClearField("doc_string")
    model.ClearField("doc_string")
