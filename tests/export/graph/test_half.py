"""Float16 graphs: the type of every tensor, one Cast where two types meet, and what it costs."""

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from data_tools.errors import CheckFailedError
from export.graph.half import nodes_kept_in_float, to_half
from tests.export.graph.small_graph import NAMES, SPEC, between_products, expected_outputs, small_graph
from tests.export.hand_made import make_model, node, run_model
from tests.export.trained_like import random_pictures

KINDS = {TensorProto.FLOAT: "float", TensorProto.FLOAT16: "half", TensorProto.UINT8: "uint8", TensorProto.INT64: "int"}
IN_FLOAT = ["cast", "transpose", "shift", "scale", "softmax", "row", "offset", "distance"]


def kinds(model: onnx.ModelProto) -> dict[str, str]:
    """Return the type of every tensor."""
    graph = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True).graph
    found = {item.name: item.type.tensor_type.elem_type for item in (*graph.input, *graph.value_info, *graph.output)}
    found |= {item.name: item.data_type for item in graph.initializer}
    return {name: KINDS[kind] for name, kind in found.items()}


def casts(model: onnx.ModelProto) -> list[tuple[str, str]]:
    """Return the sources and wanted types of all casts."""
    return [
        (item.input[0], KINDS[helper.get_attribute_value(item.attribute[0])])
        for item in model.graph.node
        if item.op_type == "Cast"
    ]


def test_the_small_graph_type_by_type():
    half = to_half(small_graph(), nodes_kept_in_float(small_graph()))
    assert kinds(half) == {
        "image": "uint8",
        **dict.fromkeys(["float", "planes", "mean", "shifted", "std", "scaled"], "float"),
        **dict.fromkeys(["scaled_half", "kernel_half", "halved", "pooled", "feature_half"], "half"),
        **dict.fromkeys(["head_half", "logits_half"], "half"),
        **dict.fromkeys([*NAMES, "centroids", "row", "offset"], "float"),
        **dict.fromkeys(["shape", "axes", "last"], "int"),
    }
    assert casts(half) == [("image", "float"), ("scaled", "half"), ("feature_half", "float"), ("logits_half", "float")]
    assert [item.name for item in half.graph.input] == ["image"]
    assert [item.name for item in half.graph.output] == list(NAMES)
    assert {item.key for item in half.metadata_props} == {item.key for item in small_graph().metadata_props}


def test_the_small_graph_is_close_and_not_equal():
    pictures = np.random.default_rng(0).integers(0, 256, (2, SPEC.height, SPEC.width, 3), dtype=np.uint8)
    found = run_model(to_half(small_graph(), IN_FLOAT), {"image": pictures}, list(NAMES))
    for ours, theirs in zip(found, expected_outputs(pictures), strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, rtol=4e-3, atol=2e-3)
    assert not np.array_equal(found[0], run_model(small_graph(), {"image": pictures}, ["logits"])[0])


def test_the_original_stays_as_it_is():
    model = small_graph()
    before = model.SerializeToString(deterministic=True)
    to_half(model, nodes_kept_in_float(model))
    assert model.SerializeToString(deterministic=True) == before


def test_kept_nodes_of_a_linear_head():
    assert nodes_kept_in_float(small_graph()) == IN_FLOAT


def test_kept_nodes_of_a_nearest_centre_head():
    """The head works behind the last weights, so that its squares stay in float."""
    model = small_graph()
    graph = model.graph
    at = next(index for index, item in enumerate(graph.node) if item.name == "head")
    tail = [item for item in graph.node if item.name in {"row", "offset", "distance"}]
    head = [
        node("Pow", ["offset", "two"], ["squares"], "square"),
        node("ReduceSum", ["squares", "last"], ["sum"], "sum", keepdims=0),
    ]
    softmax = next(item for item in graph.node if item.name == "softmax")
    nodes = [*graph.node[:at], *tail, *head, node("Neg", ["sum"], ["logits"], "negative"), softmax]
    kept = [onnx.NodeProto.FromString(item.SerializeToString()) for item in nodes]
    del graph.node[:]
    graph.node.extend(kept)
    graph.initializer.remove(next(item for item in graph.initializer if item.name == "head"))
    graph.initializer.append(numpy_helper.from_array(np.array(2, np.float32), "two"))
    onnx.checker.check_model(model, full_check=True)
    names = nodes_kept_in_float(model)
    tail_names = ["row", "offset", "distance", "square", "sum", "negative", "softmax"]
    assert names == [*IN_FLOAT[:4], "pool", "flatten", *tail_names]
    half = to_half(model, names)
    assert casts(half) == [("image", "float"), ("scaled", "half"), ("halved", "float")]
    pictures = np.random.default_rng(0).integers(0, 256, (2, SPEC.height, SPEC.width, 3), dtype=np.uint8)
    (logits,) = run_model(half, {"image": pictures}, ["logits"])
    np.testing.assert_allclose(logits, -(expected_outputs(pictures)[3] ** 2), rtol=4e-3, atol=2e-3)


def two_sided() -> onnx.ModelProto:
    """Return a graph in which two kept nodes and two others read the same tensor and the same weight."""
    return make_model(
        [
            node("MatMul", ["x", "w"], ["a"], "first"),
            node("Mul", ["a", "w"], ["b"], "kept product"),
            node("Add", ["a", "w"], ["c"], "kept sum"),
            node("Sub", ["a", "w"], ["d"], "half difference"),
            node("Sub", ["x", "d"], ["e"], "half again"),
            node("Add", ["b", "c"], ["f"], "kept end"),
            node("Add", ["f", "e"], ["y"], "half end"),
            node("Add", ["f", "d"], ["z"], "half other end"),
        ],
        {"x": [2, 2]},
        {"y": [2, 2], "z": [2, 2]},
        {"w": np.array([[1, 2], [3, 4]], np.float32)},
    )


def test_every_edge_is_cast_once():
    half = to_half(two_sided(), ["kept product", "kept sum", "kept end"])
    assert Counter(casts(half)) == {
        ("x", "half"): 1,
        ("a", "float"): 1,
        ("f", "half"): 1,
        ("y_half", "float"): 1,
        ("z_half", "float"): 1,
    }
    assert sorted(item.name for item in half.graph.initializer) == ["w", "w_half"]
    x = np.array([[0.5, -1], [2, 0.25]], np.float32)
    for ours, theirs in zip(run_model(half, {"x": x}), run_model(two_sided(), {"x": x}), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-3)


def test_a_cast_to_float_among_halves_becomes_one_to_half():
    model = make_model(
        [
            node("ArgMax", ["x"], ["index"], "argmax", axis=1),
            node("Cast", ["index"], ["number"], "number", to=TensorProto.FLOAT),
            node("MatMul", ["number", "w"], ["y"], "product"),
        ],
        {"x": [2, 2]},
        {"y": [2, 2]},
        {"w": np.ones((1, 2), np.float32)},
    )
    half = to_half(model, [])
    assert ("index", "half") in casts(half)


@pytest.mark.parametrize("value", [70000.0, -1e30, np.inf, np.nan])
def test_a_weight_beyond_float16_is_refused(value: float):
    model = two_sided()
    weights = np.array([[1, value], [3, 4]], np.float32)
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, "w"))
    with pytest.raises(CheckFailedError, match=r"^weight w: expected values up to 65504 for float16, got "):
        to_half(model, [])
    to_half(model, [item.name for item in model.graph.node])  # kept in float it is no trouble


@pytest.mark.parametrize("names", [("", ""), ("twice", "twice"), ("one", "")])
def test_nodes_that_cannot_be_told_apart_are_refused(names: tuple[str, str]):
    """By name it is told which stay in float; nodes without one would all stay there."""
    model = make_model(
        [node("MatMul", ["x", "w"], ["f"], names[0]), node("MatMul", ["f", "w"], ["y"], names[1])],
        {"x": [2, 2]},
        {"y": [2, 2]},
        {"w": np.eye(2, dtype=np.float32)},
    )
    for act in (nodes_kept_in_float, lambda graph: to_half(graph, [])):
        with pytest.raises(CheckFailedError, match=r"^expected a name of its own for every node, got MatMul '"):
            act(model)


RESIZE = between_products(
    [node("Resize", ["a", "", "scales"], ["b"], "larger", mode="nearest")], {"scales": np.array([2, 1], np.float32)}
)
FILLED = between_products(
    [
        node("Shape", ["a"], ["shape"], "shape"),
        node("ConstantOfShape", ["shape"], ["ones"], "ones", value=numpy_helper.from_array(np.ones(1, np.float32))),
        node("Add", ["a", "ones"], ["b"], "sum"),
    ],
    {},
)


@pytest.mark.parametrize("model", [RESIZE, FILLED], ids=["Resize", "ConstantOfShape"])
def test_operators_that_have_no_float16_are_one_error(model: onnx.ModelProto):
    with pytest.raises(CheckFailedError, match=r"^float16 does not fit: .*node name: (larger|sum)"):
        to_half(model, nodes_kept_in_float(model))


def test_a_graph_with_another_inside_is_refused():
    def branch(op: str, out: str) -> onnx.GraphProto:
        value = helper.make_tensor_value_info(out, TensorProto.FLOAT, [2, 2])
        return helper.make_graph([node(op, ["a"], [out], op)], op, [], [value])

    choice = node("If", ["true"], ["b"], "choice", then_branch=branch("Relu", "c"), else_branch=branch("Neg", "d"))
    model = between_products([choice], {"true": np.array(True)})
    with pytest.raises(CheckFailedError, match=r"^expected no graph inside the graph, got one in If 'choice'"):
        to_half(model, nodes_kept_in_float(model))


def test_an_exported_network(onnx_path: Path):
    model = onnx.load(str(onnx_path.parent / "model.fp32.onnx"))
    half = onnx.load(str(onnx_path.parent / "model.fp16.onnx"))
    before, after = (Counter(item.op_type for item in graph.graph.node) for graph in (model, half))
    assert after - before == {"Cast": 3}
    assert not before - after
    found = kinds(half)
    weights = [item for item in half.graph.initializer if item.data_type == TensorProto.FLOAT16]
    count = sum(np.prod(item.dims) for item in model.graph.initializer if item.data_type == TensorProto.FLOAT)
    assert sum(np.prod(item.dims) for item in weights) > 0.999 * count
    for item in half.graph.node:
        if item.op_type in {"Conv", "Gemm", "HardSwish", "HardSigmoid", "GlobalAveragePool", "Relu", "Mul", "Add"}:
            assert {found[name] for name in (*item.input, *item.output)} == {"half"}, item.name
        if item.op_type in {"Softmax", "ReduceL2", "Sub", "Div"}:
            assert {found[name] for name in (*item.input, *item.output)} <= {"float", "int"}, item.name
    pictures = {"image": random_pictures(4)}
    for name, ours, theirs in zip(NAMES, run_model(half, pictures), run_model(model, pictures), strict=True):
        scale = np.abs(theirs).max()
        assert 0 < np.abs(ours - theirs).max() <= 0.02 * scale, name
