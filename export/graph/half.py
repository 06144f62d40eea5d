"""Turn a float32 graph into one that computes in float16, with one Cast where the two meet."""

from collections.abc import Collection

import onnx
from onnx import TensorProto, helper

from data_tools.errors import CheckFailedError
from export.graph.half_weight import half_weight

_WEIGHTED = {"Conv", "Gemm", "MatMul"}


def nodes_kept_in_float(model: onnx.ModelProto) -> list[str]:
    """Return the nodes that stay float32: the normalisation before the first weights and all behind the last ones.

    The normalisation reads 0..255, and a softmax or a sum of squares in float16 would lose what the outputs promise;
    together they are a thousandth of the work. Behind the last weights are the softmax, the distance to the centroids
    and a nearest-centre head.

    Raises:
        CheckFailedError: Nodes share a name or have none.
    """
    _check_names(model)
    before = {item.name for item in (*model.graph.input, *model.graph.initializer)}
    kept: set[str] = set()
    for node in model.graph.node:
        if node.op_type not in _WEIGHTED and before.issuperset(node.input):
            before.update(node.output)
            kept.add(node.name)
    read_in_half: set[str] = set()
    for node in reversed(model.graph.node):
        if node.op_type in _WEIGHTED or read_in_half.intersection(node.output):
            read_in_half.update(node.input)
        else:
            kept.add(node.name)
    return [node.name for node in model.graph.node if node.name in kept]


def to_half(model: onnx.ModelProto, keep_float: Collection[str]) -> onnx.ModelProto:
    """Return the graph in float16; its inputs and outputs keep their types.

    Written here because ONNX Runtime's converter leaves 17 casts and an unsorted graph (docs/adr/0014), and because a
    strongly typed TensorRT network computes exactly what these types say.

    Args:
        model: A float32 graph without subgraphs; stays as it is.
        keep_float: Names of nodes that stay float32.

    Raises:
        CheckFailedError: A weight is too large for float16 or vanishes in it (`half_weight`), an operator does not take
            it, nodes share a name or have none, or there is a subgraph.
    """
    _check_names(model)
    _check_flat(model)
    floats = _float_tensors(model)
    weights = {item.name: item for item in model.graph.initializer if item.name in floats}
    outputs = {item.name for item in model.graph.output}
    kept = set(keep_float)
    made_in_half = {
        name for node in model.graph.node if node.name not in kept for name in node.output if name in floats
    }
    writer = _Writer(outputs)
    for node in model.graph.node:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        half = node.name not in kept
        for position, name in enumerate(node.input):
            if name not in floats:
                continue
            if name in weights:
                copy.input[position] = writer.weight(weights[name], node, position, half=half)
            elif half and name not in made_in_half:
                copy.input[position] = writer.cast(name, f"{name}_half", TensorProto.FLOAT16)
            elif half:
                copy.input[position] = f"{name}_half" if name in outputs else name
            elif name in made_in_half and name not in outputs:
                copy.input[position] = writer.cast(name, f"{name}_float", TensorProto.FLOAT)
        writer.add(copy, made_in_half if half else frozenset())
    return _with_graph(model, writer)


class _Writer:
    """Collect the nodes and weights of the new graph."""

    def __init__(self, outputs: Collection[str]) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, onnx.TensorProto] = {}
        self._outputs = outputs
        self._casts: set[str] = set()

    def cast(self, source: str, target: str, to: int) -> str:
        """Cast a tensor once, and return the result's name."""
        if target not in self._casts:
            self._casts.add(target)
            self.nodes.append(helper.make_node("Cast", [source], [target], name=f"cast_{target}", to=to))
        return target

    def weight(self, tensor: onnx.TensorProto, reader: onnx.NodeProto, position: int, *, half: bool) -> str:
        """Keep a weight in the wanted type for a node's input, and return its name."""
        name = f"{tensor.name}_half" if half else tensor.name
        if half:
            self.weights[name] = half_weight(tensor, name, reader, position)  # a further reader may lose more by it
        else:
            self.weights[name] = tensor
        return name

    def add(self, node: onnx.NodeProto, halves: Collection[str]) -> None:
        """Append a node; where it gives a graph output in float16, cast that back."""
        names = [name for name in node.output if name in halves and name in self._outputs]
        for name in names:
            node.output[list(node.output).index(name)] = f"{name}_half"
        if node.op_type == "Cast" and any(name in halves for name in node.output):
            del node.attribute[:]
            node.attribute.append(helper.make_attribute("to", TensorProto.FLOAT16))
        self.nodes.append(node)
        for name in names:
            self._casts.add(f"{name}_half")
            self.cast(f"{name}_half", name, TensorProto.FLOAT)


def _check_names(model: onnx.ModelProto) -> None:
    """Refuse nodes that share a name or have none: which stay in float is told by name.

    Raises:
        CheckFailedError: There is such a node.
    """
    seen: set[str] = set()
    for node in model.graph.node:
        if not node.name or node.name in seen:
            raise CheckFailedError(
                f"expected a name of its own for every node, got {node.op_type} '{node.name}', which makes "
                f"'{node.output[0]}'"
            )
        seen.add(node.name)


def _check_flat(model: onnx.ModelProto) -> None:
    """Refuse a graph inside the graph, whose types nothing here would change.

    Raises:
        CheckFailedError: There is one.
    """
    for node in model.graph.node:
        if any(item.HasField("g") or item.graphs for item in node.attribute):
            raise CheckFailedError(f"expected no graph inside the graph, got one in {node.op_type} '{node.name}'")


def _float_tensors(model: onnx.ModelProto) -> set[str]:
    """Return the names of all float32 tensors."""
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    values = {
        item.name
        for item in (*graph.input, *graph.value_info, *graph.output)
        if item.type.tensor_type.elem_type == TensorProto.FLOAT
    }
    return values | {item.name for item in graph.initializer if item.data_type == TensorProto.FLOAT}


def _with_graph(model: onnx.ModelProto, writer: _Writer) -> onnx.ModelProto:
    """Return a checked copy of the model with other nodes and weights, those that are no float weights included.

    Raises:
        CheckFailedError: An operator does not take float16.
    """
    half = onnx.ModelProto()
    half.CopyFrom(model)
    others = [item for item in model.graph.initializer if item.data_type != TensorProto.FLOAT]
    del half.graph.node[:], half.graph.initializer[:], half.graph.value_info[:]
    half.graph.node.extend(writer.nodes)
    half.graph.initializer.extend([*writer.weights.values(), *others])
    try:
        onnx.checker.check_model(half, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise CheckFailedError(f"float16 does not fit: {' '.join(str(error).split())[:300]}") from error
    return half
