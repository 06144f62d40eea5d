import json
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from data_tools.errors import CheckFailedError
from export.engine.graph_check import check_bytes, check_model, find_faults
from export.engine.operator_rules import CONSTANT_INPUTS, operator_table
from tests.export.engine.graphs import find, four_outputs, good_quantized, model_of, node, set_constant

SHARED = Path(__file__).parents[4] / "shared" / "tensorrt" / "onnx_operators_10.json"
FLOAT = TensorProto.FLOAT
IMAGE = {"x": (FLOAT, ["batch", 3, 8, 8])}


def one(op: str, extra: dict | None = None, opset: int = 18, inputs=None, outputs=("y",), **attributes):
    """A graph of one operator on a (batch, 3, 8, 8) float tensor."""
    constants = extra or {}
    names = ["x", *constants] if inputs is None else inputs
    found = model_of(
        [node(op, names, list(outputs), name="it", **attributes)], IMAGE, {"y": (FLOAT, None)}, constants, opset
    )
    return onnx.shape_inference.infer_shapes(found)


def named(model, rule):
    return [str(item) for item in find_faults(model) if item.rule == rule]


@pytest.mark.skipif(not SHARED.is_file(), reason="the shared list of TensorRT's operators is not here")
def test_the_table_is_the_shared_list():
    assert_same_table(json.loads(SHARED.read_text()))


def assert_same_table(shared: dict) -> None:
    table = operator_table()
    assert set(table) == {name for name, facts in shared.items() if facts["supported"]}
    for name, facts in table.items():
        theirs = shared[name]["types"].replace("INF64", "INT64")  # a slip in ConstantOfShape's row
        assert set(facts.types) == {kind.strip() for kind in theirs.split(",") if kind.strip()}
        assert facts.restrictions == shared[name]["restrictions"]


def test_every_input_that_must_be_an_initializer_is_checked():
    told = {
        name: re.findall(
            r"`(\w+)` must be (?:an initializer|a constant tensor|a build-time constant)", facts.restrictions
        )
        for name, facts in operator_table().items()
    }
    assert {name: what[0] for name, what in told.items() if what} == {
        **{name: what for name, (_, what) in CONSTANT_INPUTS.items()},
        "Dropout": "is_traning",  # as the table writes ONNX's training_mode
    }


def test_unsupported_operators_are_named():
    model = four_outputs()
    model.graph.node.append(node("Bernoulli", ["logits"], ["unused"], name="planted"))
    (message,) = named(model, "operator")
    assert message.startswith("Bernoulli 'planted'")
    with pytest.raises(CheckFailedError, match="Bernoulli 'planted': TensorRT has no operator Bernoulli"):
        check_model(model, "it.onnx")


def test_operators_of_other_domains_are_named():
    model = good_quantized()
    find(model, "act1").domain = "com.microsoft"
    assert "com.microsoft.HardSwish" in str(find_faults(model)[0])


@pytest.mark.parametrize(("op", "kind"), [("Transpose", TensorProto.UINT8), ("Relu", TensorProto.DOUBLE)])
def test_types_are_checked_operator_by_operator(op, kind):
    model = model_of([node(op, ["x"], ["y"], name="it")], {"x": (kind, ["batch", 3])}, {"y": (kind, None)}, {})
    (message,) = named(onnx.shape_inference.infer_shapes(model), "type")
    assert message.startswith(f"{op} 'it': 'x' is")


def test_index_inputs_may_be_int64_where_data_may_not():
    assert find_faults(one("Gather", {"indices": np.array([0, 1])}, axis=1)) == []
    assert find_faults(one("Clip", {"low": np.float32(0), "high": np.float32(6)})) == []


def test_uint8_inside_the_network():
    model = model_of(
        [
            node("Cast", ["x"], ["inner"], name="down", to=TensorProto.UINT8),
            node("Cast", ["inner"], ["y"], name="up", to=FLOAT),
        ],
        {"x": (FLOAT, ["batch", 3])}, {"y": (FLOAT, ["batch", 3])}, {},
    )  # fmt: skip
    assert [text.partition(":")[0] for text in named(model, "uint8")] == ["Cast 'down'", "Cast 'up'"]


def test_uint8_at_both_ends():
    model = model_of(
        [
            node("Cast", ["x"], ["inner"], name="in", to=FLOAT),
            node("Cast", ["inner"], ["y"], name="out", to=TensorProto.UINT8),
        ],
        {"x": (TensorProto.UINT8, ["batch", 3])}, {"y": (TensorProto.UINT8, ["batch", 3])}, {},
    )  # fmt: skip
    assert find_faults(onnx.shape_inference.infer_shapes(model)) == []


@pytest.mark.parametrize(
    ("op", "inputs", "attributes"),
    [
        ("ReduceMean", ["x", "free"], {}),
        ("Squeeze", ["x", "free"], {}),
        ("Unsqueeze", ["x", "free"], {}),
        ("Slice", ["x", "start", "start", "free"], {}),
    ],
)
def test_axes_must_be_constants(op, inputs, attributes):
    model = model_of(
        [node(op, inputs, ["y"], name="it", **attributes)],
        {**IMAGE, "free": (TensorProto.INT64, [1])}, {"y": (FLOAT, None)}, {"start": np.array([1])},
    )  # fmt: skip
    (message,) = named(model, "constant input")
    assert "axes must be an initializer" in message


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"mode": "linear"}, None),
        ({"mode": "linear", "coordinate_transformation_mode": "pytorch_half_pixel"}, None),
        ({"mode": "cubic"}, "mode 'cubic'"),
        ({"mode": "linear", "antialias": 1}, "antialias"),
        ({"coordinate_transformation_mode": "half_pixel_symmetric"}, "half_pixel_symmetric"),
        ({"mode": "linear", "keep_aspect_ratio_policy": "not_larger"}, "not_larger"),
    ],
)
def test_resize(attributes, reason):
    sizes = {"sizes": np.array([1, 3, 4, 4])}
    model = one("Resize", sizes, 19, ["x", "", "", "sizes"], **attributes)
    found = [text for text in named(model, "attribute") if reason and reason in text]
    assert bool(found) == (reason is not None)


def branches(*inside: onnx.NodeProto, shape=("batch", 4)) -> onnx.ModelProto:
    """An If on a (batch, 4, 4) tensor `m`; the given nodes make `o` of it in one branch, a good one in the other."""
    axes = np.arange(len(shape), 3)
    good = (
        node("ReduceSum", ["m", "axes"], ["sum"], name="good", keepdims=0)
        if axes.size
        else node("Relu", ["m"], ["sum"], name="good")
    )
    then, other = (
        helper.make_graph(list(nodes), name, [], [helper.make_tensor_value_info(name, FLOAT, list(shape))])
        for nodes, name in (([good], "sum"), (inside, "o"))
    )
    return model_of(
        [node("If", ["yes"], ["y"], name="choice", then_branch=then, else_branch=other)],
        {"m": (FLOAT, ["batch", 4, 4])}, {"y": (FLOAT, list(shape))},
        {"yes": np.array(True), "axes": axes, "four": np.array([4])},
    )  # fmt: skip


def test_a_graph_inside_a_good_one_is_taken():
    assert find_faults(branches(node("ReduceSum", ["m", "axes"], ["o"], name="inner", keepdims=0))) == []


@pytest.mark.parametrize(
    ("inside", "rule", "message"),
    [
        ([node("Det", ["m"], ["o"], name="bad")], "operator", "Det 'bad' in If 'choice': TensorRT has no operator Det"),
        (
            [
                node("Cast", ["m"], ["d"], name="bad", to=TensorProto.DOUBLE),
                node("Cast", ["d"], ["o"], name="back", to=FLOAT),
            ],
            "type",
            "Cast 'bad' in If 'choice': 'd' is FP64",
        ),
        (
            [node("TopK", ["m", "four"], ["o", "i"], name="bad", axis=1, sorted=0)],
            "attribute",
            "TopK 'bad' in If 'choice': sorted must be 1",
        ),
        (
            [
                node("Constant", [], ["c"], name="c", value=numpy_helper.from_array(np.array(np.nan, np.float32))),
                node("Add", ["m", "c"], ["o"], name="sum"),
            ],
            "constant",
            "constant 'c'",
        ),
    ],
    ids=["operator", "type", "attribute", "constant"],
)
def test_faults_inside_an_inner_graph_are_named(inside: list, rule: str, message: str):
    shape = ("batch",) if inside[0].op_type == "Det" else ("batch", 4, 4)
    found = named(branches(*inside, shape=shape), rule)
    assert any(text.startswith(message) for text in found), found


def test_a_fault_around_an_inner_graph_is_named_once():
    model = branches(node("Relu", ["m"], ["o"], name="inner"), shape=("batch", 4, 4))
    model.graph.initializer.append(numpy_helper.from_array(np.array(np.nan, np.float32), "bad"))
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "height"
    assert len(named(model, "constant")) == 1
    assert [text.partition(":")[0] for text in named(model, "shape") if "'m'" in text] == ["input 'm'"]


def test_a_fault_two_graphs_deep():
    outer = branches(node("Det", ["m"], ["o"], name="bad"), shape=("batch",))
    inner = outer.graph.node[0]
    value = helper.make_tensor_value_info("z", FLOAT, ["batch"])
    inner.output[0] = "z"
    wrapped = helper.make_graph([inner], "outer", [], [value])
    model = model_of(
        [node("If", ["yes"], ["y"], name="top", then_branch=wrapped, else_branch=wrapped)],
        {"m": (FLOAT, ["batch", 4, 4])}, {"y": (FLOAT, ["batch"])}, {"yes": np.array(True), "axes": np.array([1, 2])},
    )  # fmt: skip
    assert any("Det 'bad' in If 'choice' in If 'top'" in text for text in named(model, "operator"))


@pytest.mark.parametrize(("opset", "fits"), [(8, False), (9, True), (20, True), (21, False)])
def test_operator_sets(opset: int, fits: bool):
    found = named(one("Relu", opset=opset), "opset")
    assert found == ([] if fits else [f"graph: every TensorRT 10 takes operator sets 9 to 20, got {opset}"])


def test_pools_and_outputs():
    for rank, fits in ((3, False), (4, True), (5, True)):
        model = model_of(
            [node("MaxPool", ["x"], ["y"], name="it", kernel_shape=[2] * (rank - 2))],
            {"x": (FLOAT, ["batch", *[4] * (rank - 1)])}, {"y": (FLOAT, None)}, {},
        )  # fmt: skip
        reason = f"MaxPool 'it': only 2D and 3D pooling is supported, got {rank - 2}D"
        assert named(onnx.shape_inference.infer_shapes(model), "rank") == ([] if fits else [reason])
    assert named(one("MaxPool", kernel_shape=[2, 2], dilations=[2, 2]), "attribute")
    assert named(one("MaxPool", kernel_shape=[2, 2], outputs=("y", "indices")), "output")
    assert find_faults(one("MaxPool", kernel_shape=[2, 2])) == []


def test_top_k():
    assert named(one("TopK", {"k": np.array([2])}, outputs=("y", "i"), sorted=0), "attribute")
    for size, fits in ((3839, True), (3840, False), (4000, False)):
        model = model_of(
            [node("TopK", ["x", "k"], ["y", "i"], name="it", axis=1)],
            {"x": (FLOAT, ["batch", 5000])}, {"y": (FLOAT, None)}, {"k": np.array([size])},
        )  # fmt: skip
        reason = f"TopK 'it': K must be below 3840, got {size}"
        assert named(onnx.shape_inference.infer_shapes(model), "attribute") == ([] if fits else [reason])


def test_only_the_batch_may_be_free():
    model = four_outputs()
    assert find_faults(model) == []
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "height"
    assert any(text.startswith("input 'image'") for text in named(model, "shape"))
    model = model_of(
        [node("NonZero", ["x"], ["where"], name="it"), node("Transpose", ["where"], ["y"])],
        {"x": (FLOAT, ["batch", 3])}, {"y": (TensorProto.INT64, None)}, {},
    )  # fmt: skip
    assert named(model, "shape")


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_constants_that_overflowed_are_named(value):
    model = good_quantized()
    set_constant(model, "b1", np.array([0, value, 0, 0], np.float16))
    (message,) = named(model, "constant")
    assert "constant 'b1'" in message
    assert "float16" in message


def test_mixed_types_are_named():
    model = good_quantized()
    set_constant(model, "b1", np.zeros(4, np.float32))
    with pytest.raises(CheckFailedError, match=r"mixed\.onnx"):
        check_model(model, "mixed.onnx")


def test_bytes_that_are_no_graph():
    check_bytes(four_outputs().SerializeToString(), "good.onnx")
    with pytest.raises(CheckFailedError, match=r"bad\.onnx: expected an ONNX file"):
        check_bytes(b"\xff\xff\xff not a graph", "bad.onnx")
