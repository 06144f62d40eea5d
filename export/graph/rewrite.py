"""Tidy an exported graph: fused pooling, no exporter's notes, nothing unused."""

import onnx
from onnx import numpy_helper


def fuse_global_pooling(model: onnx.ModelProto) -> int:
    """Turn every mean over height and width into GlobalAveragePool, in place, and return their number.

    ONNX Runtime keeps GlobalAveragePool in its blocked layout and TensorRT has a kernel for it; a ReduceMean costs a
    layout change on both sides.
    """
    constants = {item.name: item for item in model.graph.initializer}
    fused = 0
    for node in model.graph.node:
        if node.op_type != "ReduceMean" or len(node.input) != 2 or node.input[1] not in constants:
            continue
        axes = sorted(int(axis) % 4 for axis in numpy_helper.to_array(constants[node.input[1]]).reshape(-1))
        keeps = all(attribute.i == 1 for attribute in node.attribute if attribute.name == "keepdims")
        if axes == [2, 3] and keeps:
            node.op_type = "GlobalAveragePool"
            del node.input[1]
            del node.attribute[:]
            fused += 1
    return fused


def drop_unused_initializers(model: onnx.ModelProto) -> None:
    """Remove weights that no node reads, in place."""
    used = {name for node in model.graph.node for name in node.input}
    kept = [item for item in model.graph.initializer if item.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)


def strip_notes(model: onnx.ModelProto) -> None:
    """Remove the exporter's notes (stack traces with local paths among them), in place."""
    graph = model.graph
    for item in (*graph.node, *graph.initializer, *graph.input, *graph.output, *graph.value_info):
        del item.metadata_props[:]
        item.doc_string = ""
    del graph.metadata_props[:]
    del graph.value_info[:]
    graph.doc_string = model.doc_string = ""
