from collections import Counter

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from data_tools.errors import CheckFailedError
from export.engine.graph_check import check_model
from export.graph.half import nodes_kept_in_float, to_half
from export.quantize.insert import (
    Activations,
    activation_scale,
    centered_scale,
    middle_of,
    quantize_inputs,
    reads_without_padding,
)
from export.quantize.quantizer import Quantizer
from export.quantize.recipe import Recipe
from tests.export.hand_made import make_model, node, run_model
from tests.export.quantize.small_graph import WEIGHTED, pictures_of, small_graph

SYMMETRIC, ASYMMETRIC, CENTERED = Activations(symmetric=True), Activations(symmetric=False), Activations(True, True)
DRAW = np.random.default_rng(1)
WEIGHT = DRAW.normal(0, 1, (5, 4, 1, 1)).astype(np.float32)
BIAS = DRAW.normal(0, 1, 5).astype(np.float32)
X = DRAW.uniform(-0.4, 5, (2, 4, 3, 3)).astype(np.float32)
RANGE = {"x": (-0.375, 4.9)}


def one_convolution(pads: list[int] | None = None, *, bias: bool = True) -> onnx.ModelProto:
    inputs = ["x", "w", "b"] if bias else ["x", "w"]
    layer = node("Conv", inputs, ["y"], name="layer", pads=pads or [0, 0, 0, 0])
    weights = {"w": WEIGHT, "b": BIAS} if bias else {"w": WEIGHT}
    return make_model([layer], {"x": [2, 4, 3, 3]}, {"y": [2, 5, "h", "w"]}, weights)


def coded_weight() -> np.ndarray:
    scale = np.abs(WEIGHT).max(axis=(1, 2, 3), keepdims=True).astype(np.float64) / 127
    return np.clip(np.round(WEIGHT / scale), -127, 127) * scale


def through(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return np.einsum("oi,bihw->bohw", weight[:, :, 0, 0], x) + BIAS[None, :, None, None]


@pytest.mark.parametrize("activations", [SYMMETRIC, ASYMMETRIC])
def test_equals_a_simulation(activations: Activations):
    (found,) = run_model(quantize_inputs(one_convolution(), RANGE, ["layer"], activations), {"x": X})
    if activations.symmetric:
        scale = 4.9 / 127
        coded = np.clip(np.round(X / np.float32(scale)), -128, 127) * scale
    else:
        scale = (4.9 + 0.375) / 255
        zero = round(0.375 / scale)
        coded = (np.clip(np.round(X / np.float32(scale)) + zero, 0, 255) - zero) * scale
    np.testing.assert_allclose(found, through(coded, coded_weight()), atol=1e-4)
    assert np.abs(found - through(X, WEIGHT)).max() > 1e-3  # it does round


def test_centring_is_as_fine_as_a_zero_point():
    exact = through(np.clip(X, *RANGE["x"]), coded_weight())
    inside = {"x": np.clip(X, *RANGE["x"])}
    worst = {}
    for name, activations in (("symmetric", SYMMETRIC), ("asymmetric", ASYMMETRIC), ("centred", CENTERED)):
        (found,) = run_model(quantize_inputs(one_convolution(), RANGE, ["layer"], activations), inside)
        worst[name] = np.abs(found - exact).max()
    reach = np.abs(coded_weight()).sum(axis=1).max()
    for name, step in (("symmetric", 4.9 / 127), ("asymmetric", 5.275 / 255), ("centred", 5.275 / 253)):
        assert worst[name] <= 0.502 * step * reach + 1e-4, name
    assert worst["centred"] < 0.75 * worst["symmetric"]


def test_centring_keeps_every_zero_point_0_and_moves_the_bias():
    quantized = quantize_inputs(one_convolution(bias=False), RANGE, ["layer"], CENTERED)
    constants = {item.name: numpy_helper.to_array(item) for item in quantized.graph.initializer}
    assert not any(value.any() for name, value in constants.items() if name.endswith("zero_point"))
    middle = float(constants["x_centered_middle"])
    np.testing.assert_allclose(constants["w_shifted_bias"], coded_weight().sum(axis=(1, 2, 3)) * middle, rtol=1e-5)


def test_centring_leaves_a_padded_convolution_alone():
    """Its border is 0, which is not the middle."""
    padded = one_convolution([1, 1, 1, 1])
    plain, centered = (quantize_inputs(padded, RANGE, ["layer"], item) for item in (SYMMETRIC, CENTERED))
    assert plain.SerializeToString(deterministic=True) == centered.SerializeToString(deterministic=True)


@pytest.mark.parametrize(
    ("item", "without"),
    [
        (node("Gemm", ["x", "w"], ["y"]), True),
        (node("Conv", ["x", "w"], ["y"]), True),
        (node("Conv", ["x", "w"], ["y"], pads=[0, 0, 0, 0], auto_pad="VALID"), True),
        (node("Conv", ["x", "w"], ["y"], pads=[0, 1, 0, 0]), False),
        (node("Conv", ["x", "w"], ["y"], auto_pad="SAME_UPPER"), False),
    ],
)
def test_padding(item: onnx.NodeProto, without: bool):
    assert reads_without_padding(item) is without


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize(("low", "high"), [(-0.375, 5.0), (0, 3), (-7, 1), (-2, -1), (1, 2), (0, 0)])
def test_the_middle_is_a_multiple_of_the_scale_and_0_stays_exact(dtype: type, low: float, high: float):
    scale, middle = centered_scale(min(low, 0), max(high, 0), dtype), middle_of(low, high, dtype)
    assert scale > 0
    assert middle / scale == pytest.approx(round(middle / scale), abs=1e-6)
    for end in (min(low, 0), 0, max(high, 0)):
        assert abs((end - middle) / scale) <= 127.6


def test_scales():
    assert activation_scale(-1, 2, symmetric=True) == (2 / 127, 0)
    assert activation_scale(-1, 2, symmetric=False) == (3 / 255, 85)
    assert activation_scale(1, 2, symmetric=False) == (2 / 255, 0)


@pytest.mark.parametrize("symmetric", [True, False])
def test_the_scale_of_a_dead_tensor_is_not_0_in_half(symmetric: bool):
    assert np.float16(activation_scale(0, 0, symmetric=symmetric)[0]) > 0


def test_a_tensor_that_two_layers_read_is_coded_once():
    layers = [node("Conv", ["x", "w"], [name], name=name) for name in ("y", "z")]
    model = make_model(layers, {"x": [2, 4, 3, 3]}, {name: [2, 5, 3, 3] for name in "yz"}, {"w": WEIGHT})
    quantized = quantize_inputs(model, RANGE, ["y", "z"], SYMMETRIC)
    counts = Counter(item.op_type for item in quantized.graph.node)
    assert (counts["QuantizeLinear"], counts["DequantizeLinear"]) == (1, 2)
    half = quantize_inputs(model, RANGE, ["y"], SYMMETRIC)
    (kept,) = (item for item in half.graph.node if item.name == "z")
    assert list(kept.input) == ["x", "w"]


def test_an_activation_without_a_range_is_an_error():
    with pytest.raises(KeyError, match="x"):
        quantize_inputs(one_convolution(), {}, ["layer"], SYMMETRIC)


@pytest.mark.parametrize("centered", [False, True])
def test_a_graph_for_tensorrt(centered: bool):
    model, (pictures, _) = small_graph(), pictures_of(9)
    before = model.SerializeToString(deterministic=True)
    quantized = Quantizer(model, pictures).quantize(Recipe(target="int8-trt", calibration="minmax", centered=centered))
    assert check_model(quantized, "small") == []
    constants = {item.name: numpy_helper.to_array(item) for item in quantized.graph.initializer}
    zeros = [constants[item.input[2]] for item in quantized.graph.node if item.op_type.endswith("eLinear")]
    assert len(zeros) == 3 * len(WEIGHTED)
    assert all(value.dtype == np.int8 and not value.any() for value in zeros)
    assert model.SerializeToString(deterministic=True) == before
    wanted, found = (run_model(item, {"image": pictures}, ["probabilities"])[0] for item in (model, quantized))
    assert np.abs(wanted - found).max() < 0.1


def test_the_check_sees_a_zero_point_that_is_not_0():
    model, (pictures, _) = small_graph(), pictures_of(6)
    quantizer = Quantizer(model, pictures)
    ranges = quantizer.ranges(Recipe(target="int8", calibration="minmax"))
    half = to_half(model, nodes_kept_in_float(model))
    ranges |= {f"{name}_half": value for name, value in ranges.items()}
    with pytest.raises(CheckFailedError, match="small: not a graph for TensorRT"):
        check_model(quantize_inputs(half, ranges, WEIGHTED, ASYMMETRIC), "small")
