from collections import Counter
from typing import NamedTuple

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from data_tools.split.artifact import Sample
from export.inference import load_batch
from export.quantize.clipping import clip_before_hard_activations
from export.quantize.int8 import QUANTIZED_OPERATORS, to_int8
from export.quantize.placement import first_and_last_nodes, squeeze_excite_nodes
from tests.export.hand_made import run_model
from tests.export.trained_like import SPEC

Ranges = dict[str, tuple[float, float]]
Q, DQ = "QuantizeLinear", "DequantizeLinear"


class Int8(NamedTuple):
    model: onnx.ModelProto
    ranges: Ranges
    keep_float: list[str]


@pytest.fixture(scope="module")
def ranges(float_model: onnx.ModelProto, true_ranges: Ranges) -> Ranges:
    return clip_before_hard_activations(float_model, true_ranges)


@pytest.fixture(scope="module")
def mixed(float_model: onnx.ModelProto, ranges: Ranges) -> Int8:
    """Squeeze-and-excite blocks, the stem and the head stay in float."""
    keep_float = [*squeeze_excite_nodes(float_model), *first_and_last_nodes(float_model)]
    return Int8(to_int8(float_model, ranges, keep_float), ranges, keep_float)


@pytest.fixture(scope="module")
def full(float_model: onnx.ModelProto, ranges: Ranges) -> Int8:
    """Nothing stays in float."""
    return Int8(to_int8(float_model, ranges, []), ranges, [])


@pytest.fixture(params=["mixed", "full"])
def int8(request: pytest.FixtureRequest) -> Int8:
    found: Int8 = request.getfixturevalue(request.param)
    return found


def makers(model: onnx.ModelProto) -> dict[str, onnx.NodeProto]:
    return {name: item for item in model.graph.node for name in item.output}


def constants(model: onnx.ModelProto) -> dict[str, onnx.TensorProto]:
    return {item.name: item for item in model.graph.initializer}


def test_is_a_checked_graph_in_topological_order(int8: Int8, float_model: onnx.ModelProto):
    onnx.checker.check_model(int8.model, full_check=True)
    graph = int8.model.graph
    known = {item.name for item in (*graph.initializer, *graph.input)} | {""}
    for item in graph.node:
        assert set(item.input) <= known, item.name
        known.update(item.output)
    assert list(int8.model.opset_import) == list(float_model.opset_import)  # no operator of a vendor
    assert list(graph.input) == list(float_model.graph.input)
    assert list(graph.output) == list(float_model.graph.output)


def test_activations_are_uint8_over_the_given_ranges(int8: Int8):
    values = constants(int8.model)
    checked = 0
    for item in int8.model.graph.node:
        if item.op_type != Q:
            continue
        scale, zero = values[item.input[1]], values[item.input[2]]
        assert zero.data_type == TensorProto.UINT8
        assert scale.data_type == TensorProto.FLOAT
        assert list(scale.dims) in ([], [1])
        low, high = int8.ranges[item.input[0].removesuffix("_QuantizeLinear_Input")]
        low, high = min(low, 0), max(high, 0)
        step = float(numpy_helper.to_array(scale).item())
        assert step == pytest.approx((high - low) / 255, rel=1e-4), item.name
        assert int(numpy_helper.to_array(zero).item()) == pytest.approx(-low / step, abs=0.51), item.name
        checked += 1
    assert checked > 50


def test_weights_are_int8_per_output_channel(int8: Int8, float_model: onnx.ModelProto):
    values, made = constants(int8.model), makers(int8.model)
    original = {item.name: item for item in float_model.graph.node}
    floats = {item.name: numpy_helper.to_array(item) for item in float_model.graph.initializer}
    checked = 0
    for item in int8.model.graph.node:
        if item.op_type not in ("Conv", "Gemm") or item.name in int8.keep_float:
            continue
        dequantize = made[item.input[1]]
        assert dequantize.op_type == DQ
        stored, scale, zero = (values[name] for name in dequantize.input)
        weights = floats[original[item.name].input[1]]
        assert stored.data_type == zero.data_type == TensorProto.INT8
        assert list(scale.dims) == [weights.shape[0]]
        assert not numpy_helper.to_array(zero).any()
        (axis,) = (attribute.i for attribute in dequantize.attribute if attribute.name == "axis")
        assert axis == 0
        step = numpy_helper.to_array(scale).reshape(-1, *[1] * (weights.ndim - 1))
        restored = numpy_helper.to_array(stored).astype(np.float32) * step
        assert (np.abs(restored - weights) <= 0.501 * step + 1e-7).all(), item.name
        checked += 1
    assert checked == 55 - sum(original[name].op_type in ("Conv", "Gemm") for name in int8.keep_float)


def test_nodes_kept_in_float_have_no_quantisation_of_their_own(mixed: Int8, float_model: onnx.ModelProto):
    """Such a node reads 8-bit values only where a quantised node wrote them."""
    made = makers(mixed.model)
    before = {item.name: item for item in float_model.graph.node}
    kept = [item for item in mixed.model.graph.node if item.name in mixed.keep_float]
    assert len(kept) == len(mixed.keep_float) == 56
    floats = constants(mixed.model)
    through_8_bit = []
    for item in kept:
        for name, was in zip(item.input, before[item.name].input, strict=True):
            if was in constants(float_model):
                assert name == was, f"{item.name}: {name}"
                assert floats[name].data_type == TensorProto.FLOAT
            elif name in made and made[name].op_type == DQ:
                through_8_bit.append(item.name)
                writer = makers(float_model)[was]
                assert writer.op_type in QUANTIZED_OPERATORS
                assert writer.name not in mixed.keep_float
    assert through_8_bit == ["node_linear_2"]  # the head reads the quantised embedding
    quantised = {item.input[0] for item in mixed.model.graph.node if item.op_type == Q}
    assert not any(name.startswith("logits") for name in quantised)


def test_only_the_named_operators_read_quantised_weights(int8: Int8):
    made = makers(int8.model)
    for item in int8.model.graph.node:
        if item.op_type in QUANTIZED_OPERATORS and item.name not in int8.keep_float:
            assert all(made[name].op_type == DQ for name in item.input if name), item.name


def test_placement_changes_the_graph(mixed: Int8, full: Int8, float_model: onnx.ModelProto):
    counts = [Counter(item.op_type for item in model.graph.node) for model in (float_model, mixed.model, full.model)]
    assert counts[0][Q] == 0 < counts[1][Q] < counts[2][Q]
    for count in counts[1:]:
        assert {name: number for name, number in count.items() if name not in (Q, DQ)} == dict(counts[0])


def test_the_original_stays_as_it_is_and_the_bytes_are_the_same_again(
    mixed: Int8, ranges: Ranges, float_model: onnx.ModelProto
):
    before = float_model.SerializeToString(deterministic=True)
    again = to_int8(float_model, ranges, mixed.keep_float)
    assert float_model.SerializeToString(deterministic=True) == before
    assert again.SerializeToString(deterministic=True) == mixed.model.SerializeToString(deterministic=True)


def test_is_smaller_and_says_who_made_it(int8: Int8, float_model: onnx.ModelProto):
    data = int8.model.SerializeToString()
    assert len(data) < 0.6 * len(float_model.SerializeToString())
    assert int8.model.producer_name == "roadgrip"
    assert b".py" not in data


def test_output_is_close_to_float(int8: Int8, float_model: onnx.ModelProto, calibration_samples: tuple[Sample, ...]):
    pictures = load_batch(calibration_samples, SPEC)
    (wanted,) = run_model(float_model, {"image": pictures}, ["logits"])
    (found,) = run_model(int8.model, {"image": pictures}, ["logits"])
    assert (wanted.argmax(axis=1) == found.argmax(axis=1)).mean() > 0.9
    assert np.corrcoef(wanted.ravel(), found.ravel())[0, 1] > 0.98
    assert np.abs(wanted - found).max() > 1e-4  # it really is another graph
