"""Make small graphs by hand, and run graphs without the code under test."""

from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

node = helper.make_node


def make_model(
    nodes: Sequence[onnx.NodeProto],
    inputs: dict[str, Sequence[int | str]],
    outputs: dict[str, Sequence[int | str]],
    initializers: dict[str, np.ndarray] | None = None,
) -> onnx.ModelProto:
    """Return a checked float graph of operator set 18."""
    graph = helper.make_graph(
        list(nodes),
        "hand made",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in (initializers or {}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model


def run_model(model: onnx.ModelProto, feed: dict[str, np.ndarray], names: list[str] | None = None) -> list[np.ndarray]:
    """Run a graph in ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # spinning workers slow down whatever else runs
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return list(session.run(names, feed))


def all_activations(model: onnx.ModelProto, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Run a graph with every tensor that a node makes as an output."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    known = {item.name for item in copy.graph.output}
    names = [name for item in copy.graph.node for name in item.output]
    copy.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in known)
    return dict(zip(names, run_model(copy, feed, names), strict=True))
