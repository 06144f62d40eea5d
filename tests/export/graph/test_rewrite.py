import numpy as np
import onnx
import pytest

from export.graph.rewrite import drop_unused_initializers, fuse_global_pooling, strip_notes
from tests.export.hand_made import make_model, node, run_model


def mean_model(axes: list[int], shape: tuple[int, ...] = (2, 3, 4, 5), **attributes: int) -> onnx.ModelProto:
    """Return Relu -> ReduceMean -> Neg; the mean's input is an inner tensor, as in an exported network."""
    result = np.mean(np.zeros(shape), axis=tuple(axes), keepdims=bool(attributes.get("keepdims", 1)))
    return make_model(
        [
            node("Relu", ["x"], ["positive"]),
            node("ReduceMean", ["positive", "axes"], ["mean"], **attributes),
            node("Neg", ["mean"], ["y"]),
        ],
        {"x": shape},
        {"y": result.shape},
        {"axes": np.array(axes, dtype=np.int64)},
    )


def operators(model: onnx.ModelProto) -> list[str]:
    return [item.op_type for item in model.graph.node]


@pytest.mark.parametrize("axes", [[2, 3], [3, 2], [-1, -2], [-2, 3]])
@pytest.mark.parametrize("attributes", [{}, {"keepdims": 1}])
def test_a_mean_over_height_and_width_is_fused(axes: list[int], attributes: dict[str, int]):
    model = mean_model(axes, **attributes)
    picture = {"x": np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)}
    (before,) = run_model(model, picture)
    assert fuse_global_pooling(model) == 1
    assert operators(model) == ["Relu", "GlobalAveragePool", "Neg"]
    onnx.checker.check_model(model, full_check=True)
    (after,) = run_model(model, picture)
    np.testing.assert_allclose(after, before, atol=1e-6)


@pytest.mark.parametrize(
    ("axes", "shape", "attributes"),
    [
        ([2, 3], (2, 3, 4, 5), {"keepdims": 0}),
        ([1], (2, 3, 4, 5), {}),
        ([2], (2, 3, 4, 5), {}),
        ([1, 2, 3], (2, 3, 4, 5), {}),
        ([0, -1], (2, 3, 4, 5), {}),
        ([-1, -2], (2, 3, 4), {}),  # channels and length, not height and width
        ([2, 3], (2, 3, 4, 5, 6), {}),  # GlobalAveragePool would average the last axis too
    ],
)
def test_any_other_mean_is_left_alone(axes: list[int], shape: tuple[int, ...], attributes: dict[str, int]):
    model = mean_model(axes, shape, **attributes)
    before = model.SerializeToString(deterministic=True)
    assert fuse_global_pooling(model) == 0
    assert model.SerializeToString(deterministic=True) == before


def test_axes_that_are_computed_are_left_alone():
    model = make_model(
        [node("Cast", ["a"], ["axes"], to=onnx.TensorProto.INT64), node("ReduceMean", ["x", "axes"], ["y"])],
        {"x": [1, 2, 3, 4], "a": [2]},
        {"y": [1, 2, 1, 1]},
    )
    assert fuse_global_pooling(model) == 0


def test_unused_initializers_go_and_used_ones_stay():
    model = mean_model([2, 3])
    for name in ("stale", "kept"):
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.zeros(1, np.float32), name))
    model.graph.output.append(onnx.helper.make_tensor_value_info("kept", onnx.TensorProto.FLOAT, [1]))
    drop_unused_initializers(model)
    assert [item.name for item in model.graph.initializer] == ["axes", "kept"]
    fuse_global_pooling(model)
    drop_unused_initializers(model)
    assert [item.name for item in model.graph.initializer] == ["kept"]
    onnx.checker.check_model(model, full_check=True)


def test_all_notes_go():
    model = onnx.shape_inference.infer_shapes(mean_model([2, 3]))
    clean = mean_model([2, 3])
    graph = model.graph
    for item in (*graph.node, *graph.initializer, *graph.input, *graph.output, *graph.value_info, graph):
        item.doc_string = "/home/somebody/network.py"
        item.metadata_props.append(onnx.StringStringEntryProto(key="stack", value="/home/somebody/network.py"))
    model.doc_string = "/home/somebody"
    strip_notes(model)
    assert model.SerializeToString(deterministic=True) == clean.SerializeToString(deterministic=True)
