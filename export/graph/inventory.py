"""Count a graph's operators, and refuse one with parts that a tidy export does not have."""

from collections import Counter

import onnx

from data_tools.errors import CheckFailedError

_UNTIDY = {
    "Constant": "a constant that is no initializer",
    "Identity": "a node that does nothing",
    "Dropout": "a node of training",
}


def operator_counts(model: onnx.ModelProto) -> dict[str, int]:
    """Return how many nodes of each operator a graph has, most first, then by name."""
    counts = Counter(node.op_type for node in model.graph.node)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def check_tidy(model: onnx.ModelProto, name: str) -> None:
    """Refuse dead nodes, unused weights, constants that are nodes, identities, and parts that could be one with others.

    Those are a batch norm behind a convolution that nothing else reads, and the two halves of an h-swish.

    Args:
        model: The graph.
        name: What to call it.

    Raises:
        CheckFailedError: It has such a part; the message names the first and the count.
    """
    read = {name for node in model.graph.node for name in node.input} | {item.name for item in model.graph.output}
    found = [
        f"{node.name or node.output[0]} ({_UNTIDY.get(node.op_type, 'nothing reads it')})"
        for node in model.graph.node
        if node.op_type in _UNTIDY or not read.intersection(node.output)
    ]
    found += [f"{item.name} (a weight that nothing reads)" for item in model.graph.initializer if item.name not in read]
    found += [f"{norm} (batch norm that is not folded)" for norm in _foldable_batch_norm(model)]
    found += [f"{product} (an unfused hard-swish)" for product in _unfused_hard_swish(model)]
    if found:
        raise CheckFailedError(f"{name}: expected a tidy graph, got {len(found)} parts to remove: {found[0]}")


def _foldable_batch_norm(model: onnx.ModelProto) -> list[str]:
    """Return the batch norms that a convolution could take over; one in front of it, as in ResNet v2, it cannot."""
    maker = {name: node.op_type for node in model.graph.node for name in node.output}
    readers = Counter(name for node in model.graph.node for name in node.input)
    return [
        node.name or node.output[0]
        for node in model.graph.node
        if node.op_type == "BatchNormalization" and maker.get(node.input[0]) == "Conv" and readers[node.input[0]] == 1
    ]


def _unfused_hard_swish(model: onnx.ModelProto) -> list[str]:
    """Return the products x · h-sigmoid(x) that are one h-swish."""
    source = {
        node.output[0]: node.input[0]
        for node in model.graph.node
        if node.op_type == "HardSigmoid" and _alpha(node) == round(1 / 6, 4)
    }
    return [
        node.name or node.output[0]
        for node in model.graph.node
        if node.op_type == "Mul" and any(source[name] in node.input for name in node.input if name in source)
    ]


def _alpha(node: onnx.NodeProto) -> float:
    """Return h-sigmoid's slope, to four digits."""
    return round(next((item.f for item in node.attribute if item.name == "alpha"), 0.2), 4)
