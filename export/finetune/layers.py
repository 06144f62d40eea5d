"""Match the layers of a network with the initialisers of its graph."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from torch import Tensor, nn

from export.quantize.insert import WEIGHTED_OPERATORS

Layer = nn.Conv2d | nn.Linear
_PREFIX, _SUFFIX, _HEAD = "network.", ".weight", "head"
_TOLERANCE = 1e-3
"""How far a folded weight may be from the graph's, over the tensor's largest magnitude: the exporter folds in its own
order."""


def layer_of(node: onnx.NodeProto) -> str:
    """Return the dotted name, within the network, of the layer that a node computes.

    Raises:
        ValueError: Its weight is not named after a layer.
    """
    name: str = node.input[1]
    if not (name.startswith(_PREFIX) and name.endswith(_SUFFIX)):
        raise ValueError(f"{node.name}: expected a weight named {_PREFIX}LAYER{_SUFFIX}, got {name!r}")
    return name.removeprefix(_PREFIX).removesuffix(_SUFFIX)


def trained_layers(network: nn.Module) -> dict[str, Layer]:
    """Return the convolutions and matrix products that fine-tuning changes, by dotted name: all but the head."""
    return {name: module for name, module in network.named_modules() if isinstance(module, Layer) and name != _HEAD}


def with_weights(model: onnx.ModelProto, network: nn.Module, color: Literal["rgb", "bgr"]) -> onnx.ModelProto:
    """Return the same graph with a network's weights and biases in the place of its own.

    A bias of zeros, which the exporter leaves out, is put back. The head stays as it is.

    Args:
        model: The fp32 graph of a network of the same shape; stays as it is.
        network: In RGB order, with its batch norms folded.
        color: Channel order of the graph's input; for bgr the first convolution's input channels change places.

    Raises:
        ValueError: A layer of one has no counterpart in the other, or one of another shape.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    layers = trained_layers(network)
    first = next((name for name, layer in layers.items() if isinstance(layer, nn.Conv2d)), None)
    stored = {item.name: item for item in copy.graph.initializer}
    missing = set(layers)
    for node in copy.graph.node:
        if node.op_type not in WEIGHTED_OPERATORS or layer_of(node) == _HEAD:
            continue
        name = layer_of(node)
        if name not in missing:
            raise ValueError(
                f"{node.name}: expected one layer of the network, named {name}; there is none, or it is read twice"
            )
        missing.remove(name)
        weight = layers[name].weight
        _replace(stored[node.input[1]], weight.flip(1) if color == "bgr" and name == first else weight)
        bias = layers[name].bias
        if len(node.input) > 2:
            _replace(stored[node.input[2]], bias)
        elif bias is not None:
            added = f"{node.input[1]}_bias"
            node.input.append(added)
            copy.graph.initializer.append(numpy_helper.from_array(_array(bias), added))
    if missing:
        raise ValueError(f"expected every layer of the network in the graph, got none named {min(missing)}")
    return copy


def check_same_weights(model: onnx.ModelProto, network: nn.Module, color: Literal["rgb", "bgr"]) -> None:
    """Make sure that a graph holds a network's weights.

    Args:
        model: The fp32 graph.
        network: In RGB order, with its batch norms folded.
        color: Channel order of the graph's input.

    Raises:
        ValueError: A layer of one has no counterpart in the other, or other values; the message names it.
    """
    own = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    for item in with_weights(model, network, color).graph.initializer:
        value = numpy_helper.to_array(item)
        if value.dtype != np.float32:
            continue
        difference = np.abs(value - own.get(item.name, np.zeros_like(value))).max(initial=0.0)
        if not difference <= _TOLERANCE * np.abs(value).max(initial=1e-6):
            raise ValueError(f"{item.name}: expected the network's values, got some that differ by {difference:.2g}")


def _replace(stored: onnx.TensorProto, value: Tensor | None) -> None:
    """Put a parameter in an initialiser's place."""
    found = None if value is None else list(value.shape)
    if value is None or found != list(stored.dims):
        raise ValueError(f"{stored.name}: expected the shape {list(stored.dims)} in the network, got {found}")
    stored.CopyFrom(numpy_helper.from_array(_array(value), stored.name))


def _array(value: Tensor) -> npt.NDArray[np.float32]:
    """Return a parameter's values."""
    return np.ascontiguousarray(value.detach().cpu().numpy(), dtype=np.float32)
