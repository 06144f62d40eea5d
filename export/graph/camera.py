"""Put the resize from the camera's size to the model's into the graph."""

import numpy as np
import onnx
from onnx import TensorProto, helper

from data_tools.errors import InputError
from data_tools.images.preprocessing import PreprocessingSpec
from export.graph.camera_input import CameraSize, Color, check_camera_size
from export.graph.camera_resize import PREFIX, NodeWriter, write_resize

_LAST = f"{PREFIX}to_model"
_MIN_OPSET = 18
"""The oldest that the export stage writes."""


def with_camera_input(
    model: onnx.ModelProto, spec: PreprocessingSpec, camera: CameraSize, color: Color | None = None
) -> onnx.ModelProto:
    """Return a graph that takes whole camera frames and brings them to model size as `to_model_size` does.

    The arithmetic is that of `data_tools.images.preprocessing` with every rounding: `linear` is OpenCV's bilinear
    resize with its integers, `supersampled` that to 2^k times the size and k means of 2×2, `area` a product with one
    matrix of coverage shares a side, where single samples differ by one grey level. ONNX's own Resize would not do:
    OpenCV cuts its products off, so that one sample in ten would be a level higher, none lower, and int8 networks
    notice. The other channel order is a Gather at model size. TensorRT's parser lists all of these operators. What
    follows the graph's own Cast, Q/DQ pairs and float16 included, stays as it is.

    Args:
        model: A graph whose input is (batch, H, W, 3) uint8 at model size, read by a Cast to float32 alone; stays as
            it is.
        spec: Its preprocessing.
        camera: The frames' size.
        color: The frames' channel order; None: that of `spec`.

    Raises:
        InputError: See `check_camera_size`; or the graph's input is another one, is read by something else than one
            Cast, or the operator set is older than 18.
    """
    check_camera_size(camera, spec)
    framed = onnx.ModelProto()
    framed.CopyFrom(model)
    graph = framed.graph
    _check_start(framed, spec)
    given = graph.input[0]
    cast = next(node for node in graph.node if given.name in node.input)
    dims = given.type.tensor_type.shape.dim
    dims[1].dim_value, dims[2].dim_value = camera.height, camera.width
    writer = NodeWriter()
    frame = writer.node("Cast", [given.name], to=TensorProto.FLOAT)
    write_resize(writer, frame, spec, camera)
    if color not in {None, spec.color}:
        resized = writer.nodes[-1].output[0]
        writer.node("Gather", [resized, writer.constant("order", np.array([2, 1, 0], np.int64))], axis=3)
    # In the place of what the graph's own Cast gave: floats at model size.
    writer.end(cast.output[0], _LAST)
    kept = [_copy(node) for node in graph.node if given.name not in node.input]
    del graph.node[:], graph.value_info[:]
    graph.node.extend([*writer.nodes, *kept])
    graph.initializer.extend(writer.constants)
    onnx.checker.check_model(framed, full_check=True)
    return framed


def resize_alone(framed: onnx.ModelProto) -> onnx.ModelProto:
    """Return the part of a graph of `with_camera_input` that makes frames into samples at model size.

    Its one output is (batch, H, W, 3) float32, in the order that the network takes.
    """
    alone = onnx.ModelProto()
    alone.CopyFrom(framed)
    graph = alone.graph
    nodes = [_copy(node) for node in graph.node]
    last = next(index for index, node in enumerate(nodes) if node.name == _LAST)
    read = {name for node in nodes[: last + 1] for name in node.input}
    constants = [_copy_constant(item) for item in graph.initializer if item.name in read]
    del graph.node[:], graph.initializer[:], graph.output[:], graph.value_info[:]
    graph.node.extend(nodes[: last + 1])
    graph.initializer.extend(constants)
    graph.output.append(helper.make_tensor_value_info(nodes[last].output[0], TensorProto.FLOAT, [None] * 4))
    onnx.checker.check_model(alone, full_check=True)
    return alone


def _check_start(model: onnx.ModelProto, spec: PreprocessingSpec) -> None:
    """Check that a graph begins so that a resize can go before it."""
    opset = max((item.version for item in model.opset_import if item.domain in {"", "ai.onnx"}), default=0)
    if opset < _MIN_OPSET:
        raise InputError(f"expected a graph of operator set {_MIN_OPSET} or newer, got {opset}; export it again")
    given = model.graph.input[0]
    sides = [item.dim_value for item in given.type.tensor_type.shape.dim][1:]
    if given.type.tensor_type.elem_type != TensorProto.UINT8 or sides != [spec.height, spec.width, 3]:
        raise InputError(f"expected a graph that takes {spec.height}, {spec.width}, 3 uint8, got {sides}")
    readers = [node for node in model.graph.node if given.name in node.input]
    if [node.op_type for node in readers] != ["Cast"] or helper.get_node_attr_value(
        readers[0], "to"
    ) != TensorProto.FLOAT:
        raise InputError("expected a graph whose input is read by one Cast, to float32")
    taken = [name for node in model.graph.node for name in (node.name, *node.output) if name.startswith(PREFIX)]
    if taken:
        raise InputError(f"expected a graph without names that begin with {PREFIX}, got {taken[0]}")


def _copy(node: onnx.NodeProto) -> onnx.NodeProto:
    """Return a copy that outlives the graph's own list of nodes."""
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    return copy


def _copy_constant(tensor: onnx.TensorProto) -> onnx.TensorProto:
    """Return a copy that outlives the graph's own list of constants."""
    copy = onnx.TensorProto()
    copy.CopyFrom(tensor)
    return copy
