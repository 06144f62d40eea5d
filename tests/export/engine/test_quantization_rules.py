"""Plant one fault at a time in a good quantised graph, and see it named."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from data_tools.errors import CheckFailedError
from export.engine.graph_check import check_model, find_faults
from tests.export.engine.graphs import find, good_quantized, insert_before, node, set_constant


@pytest.mark.parametrize("activation", ["HardSwish", "Relu"])
@pytest.mark.parametrize("transposed", [True, False])
def test_a_good_graph_passes(activation: str, transposed: bool):
    model = good_quantized(activation, transposed)
    onnx.checker.check_model(model, full_check=True)
    assert find_faults(model) == []
    assert check_model(model, "good.onnx") == []


def zero_point(model):
    set_constant(model, "zero", np.array(3, np.int8))


def weight_zero_point(model):
    set_constant(model, "w2_zero", np.array([0, 0, -1, 0], np.int8))


def free_zero_point(model):
    find(model, "x_Q").input[2] = find(model, "x_DQ").input[2] = "free"
    model.graph.input.append(helper.make_tensor_value_info("free", TensorProto.INT8, []))


def uint8_activation(model):
    set_constant(model, "zero", np.array(0, np.uint8))


def uint8_weights(model):
    set_constant(model, "w1_int8", np.zeros((4, 3, 3, 3), np.uint8))
    set_constant(model, "w1_zero", np.zeros(4, np.uint8))


def no_zero_point(model):
    del find(model, "x_Q").input[2]  # ONNX's default is uint8
    del find(model, "x_DQ").input[2]


def per_channel_activation(model):
    set_constant(model, "x_scale", np.full(3, 2, np.float16))
    for name in ("x_Q", "x_DQ"):
        find(model, name).input[2] = "three"
        find(model, name).attribute.append(helper.make_attribute("axis", 1))
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.zeros(3, np.int8), "three"))


def per_tensor_weights(model):
    set_constant(model, "w1_scale", np.float16(0.01))
    set_constant(model, "w1_zero", np.int8(0))


def wrong_weight_axis(model):
    set_constant(model, "w1_scale", np.full(3, 0.01, np.float16))
    set_constant(model, "w1_zero", np.zeros(3, np.int8))
    find(model, "w1_DQ").attribute[0].i = 1


def float_activation(model):
    find(model, "conv1").input[0] = "x"


def float_weights(model):
    find(model, "conv2").input[1] = "w_float"
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.ones((4, 1, 3, 3), np.float16), "w_float"))


def float_gemm_input(model):
    find(model, "head").input[0] = "flat"


def quantized_bias(model):
    find(model, "conv1").input[2] = "bias_dq"
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.zeros(4, np.int8), "bias_int8"))
    insert_before(model, "conv1", node("DequantizeLinear", ["bias_int8", "a1_scale", "zero"], ["bias_dq"]))


def on_the_output(model):
    softmax = find(model, "softmax")
    softmax.output[0] = "inner"
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.float32(0.01), "out_scale"))
    model.graph.node.extend([
        node("QuantizeLinear", ["inner", "out_scale", "zero"], ["inner_q"], name="out_Q"),
        node("DequantizeLinear", ["inner_q", "out_scale", "zero"], ["probabilities"], name="out_DQ"),
    ])  # fmt: skip


def unequal_scales(model):
    find(model, "a1_DQ").input[1] = "x_scale"


def no_quantize(model):
    find(model, "x_DQ").input[0] = "x_cast"
    insert_before(model, "x_DQ", node("Cast", ["x"], ["x_cast"], to=TensorProto.INT8))


def zero_scale(model):
    set_constant(model, "a1_scale", np.float16(0))


def scales_on_the_other_axis(model):
    """As many scales as output channels, but along the input channels of square weights."""
    for name, value in {"w3_int8": np.ones((4, 4), np.int8), "w3_scale": np.full(4, 0.01, np.float16)}.items():
        set_constant(model, name, value)
    set_constant(model, "w3_zero", np.zeros(4, np.int8))
    set_constant(model, "b3", np.zeros(4, np.float16))
    for output in model.graph.output:
        output.type.tensor_type.shape.dim[1].dim_value = 4
    assert find_faults(model) == []
    find(model, "w3_DQ").attribute[0].i = 1


def quantize_read_by_another(model):
    insert_before(model, "x_DQ", node("MaxPool", ["x_q"], ["x_pooled"], name="stray", kernel_shape=[1, 1]))


def negative_scale(model):
    set_constant(model, "a1_scale", np.float16(-0.1))


FAULTS = {
    zero_point: ("zero point", "'x_Q'", "got up to 3"),
    weight_zero_point: ("zero point", "'w2_DQ'", "got up to 1"),
    free_zero_point: ("zero point", "'x_Q'", "must be a constant"),
    uint8_activation: ("quantized type", "'x_Q'", "UINT8"),
    uint8_weights: ("quantized type", "'w1_DQ'", "UINT8"),
    no_zero_point: ("quantized type", "'x_Q'", "UINT8"),
    per_channel_activation: ("activation scale", "'x_DQ'", "got 3"),
    per_tensor_weights: ("weight scale", "'w1_DQ'", "one scale for all"),
    wrong_weight_axis: ("weight scale", "'w1_DQ'", "4 scales on axis 0"),
    float_activation: ("placement", "'conv1'", "the activation"),
    float_weights: ("placement", "'conv2'", "the weights"),
    float_gemm_input: ("placement", "'head'", "the activation"),
    quantized_bias: ("bias", "'conv1'", "float"),
    on_the_output: ("output", "'out_DQ'", "'probabilities'"),
    unequal_scales: ("pair", "'a1_DQ'", "another scale"),
    no_quantize: ("pair", "'x_DQ'", "QuantizeLinear"),
    zero_scale: ("scale", "'a1_Q'", "positive"),
    scales_on_the_other_axis: ("weight scale", "'w3_DQ'", "4 scales on axis 0 (of Gemm 'head'), got 4 on axis 1"),
    quantize_read_by_another: ("pair", "'x_Q'", "only DequantizeLinear may read it, got MaxPool 'stray'"),
    negative_scale: ("scale", "'a1_Q'", "positive"),
}


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__)
def test_every_planted_fault_is_named(plant):
    model = good_quantized()
    plant(model)
    rule, where, reason = FAULTS[plant]
    found = [item for item in find_faults(model) if item.rule == rule]
    assert any(where in item.where and reason in item.reason and item.level == "fault" for item in found), found
    with pytest.raises(CheckFailedError, match=r"planted\.onnx: not a graph for TensorRT"):
        check_model(model, "planted.onnx")


def test_quantising_before_the_activation_is_advice():
    model = good_quantized()
    find(model, "act1").input[0] = "c1_dq"
    insert_before(
        model,
        "act1",
        node("QuantizeLinear", ["c1", "a1_scale", "zero"], ["c1_q"], name="early_Q"),
        node("DequantizeLinear", ["c1_q", "a1_scale", "zero"], ["c1_dq"], name="early_DQ"),
    )
    (advice,) = check_model(model, "advice.onnx")
    assert (advice.rule, advice.level) == ("placement", "advice")
    assert "early_Q" in advice.where
    assert "after the HardSwish" in advice.reason
