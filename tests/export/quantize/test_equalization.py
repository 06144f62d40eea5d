import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from export.quantize.equalization import Pair, equalizable_pairs, equalize
from tests.export.hand_made import make_model, node, run_model
from tests.export.quantize.small_graph import pictures_of, small_graph

DRAW = np.random.default_rng(0)
W1, B1, W2 = DRAW.normal(0, 1, (4, 3, 1, 1)), DRAW.normal(0, 1, 4), DRAW.normal(0, 1, (5, 4, 1, 1))
FIRST = node("Conv", ["x", "w1", "b1"], ["a"], name="first")
SECOND = node("Conv", ["t", "w2"], ["y"], name="second")


def two_layers(*between: onnx.NodeProto, outputs: tuple[str, ...] = ("y",), **weights: np.ndarray) -> onnx.ModelProto:
    values = {"w1": W1, "b1": B1, "w2": W2, **weights}
    first, *rest = between or (node("Relu", ["a"], ["t"], name="between"),)
    last = [SECOND] if all(item.name != "second" for item in rest) else []
    return make_model(
        [FIRST, first, *rest, *last],
        {"x": ["b", 3, 4, 4]},
        {name: ["b", "c", "h", "w"] for name in outputs},
        {name: value.astype(np.float32) for name, value in values.items()},
    )


def weights_of(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    return {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}


def test_ranges_are_equal_and_the_function_is_the_same():
    scales = np.array([0.01, 1, 30, 500])[:, None, None, None]
    model = two_layers(w1=W1 * scales, b1=B1 * scales.ravel())
    before = model.SerializeToString(deterministic=True)
    equal = equalize(model)
    assert model.SerializeToString(deterministic=True) == before
    values = weights_of(equal)
    np.testing.assert_allclose(
        np.abs(values["w1"]).max(axis=(1, 2, 3)), np.abs(values["w2"]).max(axis=(0, 2, 3)), rtol=1e-3
    )
    x = DRAW.normal(0, 1, (2, 3, 4, 4)).astype(np.float32)
    wanted, found = (run_model(item, {"x": x})[0] for item in (model, equal))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)


def test_one_step_is_the_papers_closed_form():
    values = weights_of(equalize(two_layers(), sweeps=1))
    for channel in range(4):
        r1, r2 = abs(W1[channel]).max(), abs(W2[:, channel]).max()
        scale = (r1 * r2) ** 0.5 / r2
        np.testing.assert_allclose(values["w1"][channel], W1[channel] / scale, rtol=1e-5)
        assert values["b1"][channel] == pytest.approx(B1[channel] / scale, rel=1e-5)
        np.testing.assert_allclose(values["w2"][:, channel], W2[:, channel] * scale, rtol=1e-5)


def test_a_chain_with_a_depthwise_layer_keeps_the_function():
    model, (pictures, _) = small_graph(spread=300), pictures_of(6)
    assert equalizable_pairs(model) == [Pair("stem", "depthwise"), Pair("depthwise", "expand")]
    equal = equalize(model)
    wanted, found = (run_model(item, {"image": pictures}, ["logits"])[0] for item in (model, equal))
    np.testing.assert_allclose(found, wanted, atol=1e-5 * np.abs(wanted).max())
    before, after = (np.abs(weights_of(item)["stem.w"]).max(axis=(1, 2, 3)) for item in (model, equal))
    assert before.max() / before.min() > 100
    assert after.max() / after.min() < 20


def test_a_channel_without_weights_is_left_alone():
    dead = W1.copy()
    dead[2] = 0
    values = weights_of(equalize(two_layers(w1=dead)))
    assert all(np.isfinite(value).all() for value in values.values())
    np.testing.assert_array_equal(values["w2"][:, 2], W2[:, 2].astype(np.float32))


@pytest.mark.parametrize(
    ("between", "outputs"),
    [
        ([node("HardSwish", ["a"], ["t"])], ("y",)),
        ([node("Relu", ["a"], ["t"]), node("Neg", ["t"], ["z"])], ("y", "z")),  # read by something else too
        ([node("Relu", ["a"], ["t"])], ("y", "t")),  # an output of the graph
        ([node("Relu", ["a"], ["r"]), node("Add", ["r", "r"], ["t"])], ("y",)),  # a residual sum
        ([node("GlobalAveragePool", ["a"], ["p"]), node("Mul", ["a", "p"], ["t"])], ("y",)),  # a gate
        ([node("Relu", ["a"], ["t"]), node("Conv", ["t", "w2"], ["z"], name="other")], ("y", "z")),
    ],
    ids=["h-swish", "two readers", "output", "residual", "gate", "shared weight"],
)
def test_no_pair(between: list[onnx.NodeProto], outputs: tuple[str, ...]):
    assert equalizable_pairs(two_layers(*between, outputs=outputs)) == []


def test_a_grouped_convolution_that_is_not_depthwise_is_no_second_layer():
    grouped = node("Conv", ["t", "w2"], ["y"], name="second", group=2)
    relu = node("Relu", ["a"], ["t"])
    assert equalizable_pairs(two_layers(relu, grouped, w2=DRAW.normal(0, 1, (6, 2, 1, 1)))) == []


def test_pairs():
    assert equalizable_pairs(two_layers()) == [Pair("first", "second")]
    relus = [node("Relu", ["a"], ["r"]), node("Relu", ["r"], ["t"])]
    assert equalizable_pairs(two_layers(*relus)) == [Pair("first", "second")]
