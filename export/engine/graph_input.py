"""Read the name and the batch of an ONNX file's input without the onnx package, which a device need not have."""

from data_tools.errors import CheckFailedError
from export.runtime.graph_contract import GraphInput
from export.runtime.protobuf import fields, messages

# Field numbers of onnx.proto: ModelProto, GraphProto, ValueInfoProto, TensorProto, TypeProto, its Tensor,
# TensorShapeProto and its Dimension.
_GRAPH = 7
_INITIALIZER, _INPUT = 5, 11
_VALUE_NAME, _VALUE_TYPE, _TENSOR_NAME = 1, 2, 8
_TENSOR_TYPE, _SHAPE, _DIM, _DIM_VALUE = 1, 2, 1, 1


def graph_input(graph: bytes, label: str) -> GraphInput:
    """Return the name of the one input, and its first axis where that is fixed.

    Raises:
        CheckFailedError: The bytes are no ONNX file, it has not one input that is no weight, or the input no axes.
    """
    try:
        inputs = _inputs(graph)
        if len(inputs) != 1:
            raise CheckFailedError(
                f"{label}: expected one input beside the weights, got {', '.join(map(str, inputs)) or 'none'}"
            )
        ((name, axes),) = inputs.items()
        if not axes:
            raise CheckFailedError(f"{label}: expected an input with the batch as its first axis, got one without axes")
        size = dict(fields(axes[0])).get(_DIM_VALUE)
    except ValueError as error:
        raise CheckFailedError(f"{label}: expected an ONNX file, but it cannot be read as one") from error
    return GraphInput(name, size if isinstance(size, int) else None)


def _inputs(graph: bytes) -> dict[str, list[bytes]]:
    """Return the axes of every input that is no weight, by name; old exporters list the weights as inputs too."""
    found: dict[str, list[bytes]] = {}
    weights: set[str] = set()
    for body in messages(graph, _GRAPH):
        weights.update(_text(item, _TENSOR_NAME) for item in messages(body, _INITIALIZER))
        for item in messages(body, _INPUT):
            axes = [item]
            for number in (_VALUE_TYPE, _TENSOR_TYPE, _SHAPE, _DIM):
                axes = [inner for outer in axes for inner in messages(outer, number)]
            found[_text(item, _VALUE_NAME)] = axes
    return {name: axes for name, axes in found.items() if name not in weights}


def _text(message: bytes, number: int) -> str:
    """Return a text field, or an empty text where it is left out."""
    return next(iter(messages(message, number)), b"").decode("utf-8")
