from pathlib import Path

import numpy as np
import onnx
import pytest
from torchvision.ops.misc import SqueezeExcitation

from export.quantize.placement import depthwise_nodes, first_and_last_nodes, followers, squeeze_excite_nodes
from pipeline.training.networks.checkpoint import load_checkpoint
from tests.export.hand_made import make_model, node


def expected_blocks(model: onnx.ModelProto, prefixes: list[str]) -> list[set[str]]:
    """Find each block from its weights' names: pool, fc1, relu, fc2, h-sigmoid, product."""
    maker = {name: item for item in model.graph.node for name in item.output}
    blocks = []
    for prefix in prefixes:
        (first,) = (item for item in model.graph.node if f"{prefix}.fc1.weight" in item.input)
        (second,) = (item for item in model.graph.node if f"{prefix}.fc2.weight" in item.input)
        pool, relu = maker[first.input[0]], maker[second.input[0]]
        (gate,) = (item for item in model.graph.node if second.output[0] in item.input)
        (product,) = (item for item in model.graph.node if gate.output[0] in item.input)
        chain = [pool, first, relu, second, gate, product]
        kinds = [item.op_type for item in chain]
        assert kinds == ["GlobalAveragePool", "Conv", "Relu", "Conv", "HardSigmoid", "Mul"]
        blocks.append({item.name for item in chain})
    return blocks


def test_finds_every_block_of_the_exported_network(float_model: onnx.ModelProto, checkpoint_path: Path):
    network = load_checkpoint(checkpoint_path)[1]
    prefixes = [f"network.{name}" for name, module in network.named_modules() if isinstance(module, SqueezeExcitation)]
    blocks = expected_blocks(float_model, prefixes)
    assert len(blocks) == 9
    found = squeeze_excite_nodes(float_model)
    assert len(found) == len(set(found)) == 54
    assert set(found) == set.union(*blocks)


def test_finds_the_stem_and_the_head(float_model: onnx.ModelProto):
    first, last = first_and_last_nodes(float_model)
    by_name = {item.name: item for item in float_model.graph.node}
    assert "network.backbone.features.0.0.weight" in by_name[first].input
    assert "network.head.weight" in by_name[last].input
    assert list(by_name[last].output) == ["logits"]


def test_one_or_no_weighted_node():
    weights = {"w": np.ones((2, 2), dtype=np.float32)}
    one = make_model([node("MatMul", ["x", "w"], ["y"], name="only")], {"x": [1, 2]}, {"y": [1, 2]}, weights)
    assert first_and_last_nodes(one) == ["only"]
    none = make_model([node("Relu", ["x"], ["y"], name="relu")], {"x": [1, 2]}, {"y": [1, 2]})
    assert first_and_last_nodes(none) == []


def gated(*nodes: onnx.NodeProto, outputs: tuple[str, ...] = ("y",)) -> onnx.ModelProto:
    return make_model(
        [node("Relu", ["x"], ["t"], name="before"), node("GlobalAveragePool", ["t"], ["p"], name="pool"), *nodes],
        {"x": [1, 4, 5, 5]},
        {name: [1, 4, "h", "w"] for name in outputs},
    )


@pytest.mark.parametrize(
    ("nodes", "outputs", "wanted"),
    [
        (
            [node("HardSigmoid", ["p"], ["g"], name="gate"), node("Mul", ["g", "t"], ["y"], name="product")],
            ("y",),
            ["pool", "gate", "product"],
        ),
        (
            [node("HardSigmoid", ["p"], ["g"], name="gate"), node("Mul", ["x", "g"], ["y"], name="other")],
            ("y",),
            [],
        ),
        ([node("Relu", ["p"], ["y"], name="end")], ("y",), []),
        (
            [
                node("Relu", ["p"], ["y1"], name="a"),
                node("HardSigmoid", ["p"], ["g"], name="gate"),
                node("Mul", ["g", "t"], ["y"], name="product"),
            ],
            ("y", "y1"),
            [],
        ),
        (
            [node("HardSigmoid", ["p"], ["g"], name="gate"), node("Add", ["g", "t"], ["y"], name="sum")],
            ("y",),
            [],
        ),
    ],
    ids=["block", "product with another tensor", "last pooling", "pooled value used elsewhere", "sum"],
)
def test_a_block_is_told_by_its_shape(nodes: list[onnx.NodeProto], outputs: tuple[str, ...], wanted: list[str]):
    assert squeeze_excite_nodes(gated(*nodes, outputs=outputs)) == wanted


def test_a_graph_without_pooling():
    model = make_model([node("HardSigmoid", ["x"], ["y"], name="gate")], {"x": [1, 2]}, {"y": [1, 2]})
    assert squeeze_excite_nodes(model) == []


def test_depthwise_layers(float_model: onnx.ModelProto):
    by_name = {item.name: item for item in float_model.graph.node}
    weights = {item.name: list(item.dims) for item in float_model.graph.initializer}
    found = depthwise_nodes(float_model)
    assert len(found) == 11  # one in each block of MobileNetV3-Small
    assert all(weights[by_name[name].input[1]][1] == 1 for name in found)


def test_nodes_without_weights_follow_the_layer_before_them():
    weights = {"w": np.ones((4, 4, 1, 1), dtype=np.float32)}
    model = make_model(
        [
            node("Conv", ["x", "w"], ["a"], name="first"),
            node("HardSwish", ["a"], ["b"], name="swish"),
            node("Conv", ["b", "w"], ["c"], name="second"),
            node("Add", ["b", "c"], ["d"], name="sum"),
            node("GlobalAveragePool", ["d"], ["y"], name="pool"),
        ],
        {"x": [1, 4, 5, 5]},
        {"y": [1, 4, 1, 1]},
        weights,
    )
    assert followers(model, ["first"]) == ["swish", "sum", "pool"]
    assert followers(model, ["second"]) == ["sum", "pool"]
    assert followers(model, []) == []
