"""Decide which nodes stay in float."""

from collections import defaultdict
from collections.abc import Collection

import onnx

_WEIGHTED = ("Conv", "Gemm", "MatMul")


def squeeze_excite_nodes(model: onnx.ModelProto) -> list[str]:
    """Return the nodes of every squeeze-and-excite block (Hu et al. 2018): pooling, gate, and the product.

    A block is found by its shape in the graph: GlobalAveragePool → … → HardSigmoid → Mul with what was pooled.
    """
    producer = {name: node for node in model.graph.node for name in node.output}
    readers: dict[str, list[onnx.NodeProto]] = defaultdict(list)
    for node in model.graph.node:
        for name in node.input:
            readers[name].append(node)
    found: list[str] = []
    for pool in (node for node in model.graph.node if node.op_type == "GlobalAveragePool"):
        chain, current = [pool], pool
        while current.op_type != "HardSigmoid" and len(readers[current.output[0]]) == 1:
            current = readers[current.output[0]][0]
            chain.append(current)
        if current.op_type != "HardSigmoid":
            continue
        products = [
            node for node in readers[current.output[0]] if node.op_type == "Mul" and pool.input[0] in node.input
        ]
        if products and all(producer.get(node.input[0]) is not None for node in chain):
            found.extend(node.name for node in (*chain, *products))
    return found


def first_and_last_nodes(model: onnx.ModelProto) -> list[str]:
    """Return the first and the last weighted node: the stem convolution and the linear head that makes the logits.

    Where the head measures distances to centres, the last weighted node is the layer that makes the feature, and the
    head behind it has no node that is ever quantised: distances are then computed from a float feature.
    """
    weighted = [node.name for node in model.graph.node if node.op_type in _WEIGHTED]
    return list(dict.fromkeys([*weighted[:1], *weighted[-1:]]))


def depthwise_nodes(model: onnx.ModelProto) -> list[str]:
    """Return the depthwise convolutions: few weights, ranges that differ most from channel to channel."""
    return [
        node.name
        for node in model.graph.node
        if node.op_type == "Conv" and any(item.name == "group" and item.i > 1 for item in node.attribute)
    ]


def followers(model: onnx.ModelProto, names: Collection[str]) -> list[str]:
    """Return the nodes without weights that get what they read from given layers, at once or through other such nodes.

    Where a layer stays in float, an 8-bit sum, product or pooling behind it would take back what that wins.

    Args:
        model: The float graph.
        names: Layers left in float.
    """
    made = {item for node in model.graph.node if node.name in names for item in node.output}
    found = []
    for node in model.graph.node:
        if node.op_type not in _WEIGHTED and made.intersection(node.input):
            made.update(node.output)
            found.append(node.name)
    return found


GROUPS = {
    "squeeze_excite": squeeze_excite_nodes,
    "first_and_last": first_and_last_nodes,
    "depthwise": depthwise_nodes,
}
"""What the groups of `Recipe.float_groups` stand for."""
