"""Make graphs whose weights lie in another file, in every place where a graph may hold a tensor."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

onnx = pytest.importorskip("onnx")

PLACES: dict[str, Callable[[Any], Any]] = {
    "initializer": lambda model: model.graph.initializer.add(),
    "sparse values": lambda model: model.graph.sparse_initializer.add().values,
    "sparse indices": lambda model: model.graph.sparse_initializer.add().indices,
    "attribute": lambda model: model.graph.node.add().attribute.add().t,
    "attribute list": lambda model: model.graph.node.add().attribute.add().tensors.add(),
    "sparse attribute": lambda model: model.graph.node.add().attribute.add().sparse_tensor.values,
    "sparse attribute list": lambda model: model.graph.node.add().attribute.add().sparse_tensors.add().indices,
    "subgraph": lambda model: model.graph.node.add().attribute.add().g.initializer.add(),
    "subgraph list": lambda model: model.graph.node.add().attribute.add().graphs.add().initializer.add(),
    "subgraph of a subgraph": lambda model: (
        model.graph.node.add().attribute.add().g.node.add().attribute.add().g.node.add().attribute.add().t
    ),
    "function": lambda model: model.functions.add().node.add().attribute.add().t,
    "default of a function": lambda model: model.functions.add().attribute_proto.add().t,
    "training's start": lambda model: model.training_info.add().initialization.initializer.add(),
    "training": lambda model: model.training_info.add().algorithm.node.add().attribute.add().t,
}


def graph_with_a_tensor_at(place: str, tensor: Any) -> bytes:
    model = onnx.load_model_from_string(onnx.helper.make_model(onnx.GraphProto()).SerializeToString())
    PLACES[place](model).MergeFrom(tensor)
    return bytes(model.SerializeToString())


def external() -> Iterator[Any]:
    """Yield tensors that say in one of the two ways, or in both, that their values lie elsewhere."""
    for location, entry in ((1, True), (1, False), (0, True)):
        tensor = onnx.TensorProto(data_location=location) if location else onnx.TensorProto()
        if entry:
            tensor.external_data.add(key="location", value="w.bin")
        yield tensor


def split_weights(graph: bytes) -> tuple[bytes, bytes]:
    """Return a tiny graph whose 'weights' lie in w.bin, and what belongs into that file."""
    model = onnx.load_model_from_string(graph)
    (weights,) = (item for item in model.graph.initializer if item.name == "weights")
    data = onnx.numpy_helper.to_array(weights).tobytes()
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", "w.bin"), ("offset", "0"), ("length", str(len(data)))):
        weights.external_data.add(key=key, value=value)
    return bytes(model.SerializeToString()), data
