"""Quantise a network whose head measures distances to class centres."""

import numpy as np
import onnx
import pytest
import torch

from export.graph.deployed import DeployedNet
from export.graph.to_onnx import to_onnx
from export.quantize.int8 import QUANTIZED_OPERATORS
from export.quantize.quantizer import Quantizer
from export.quantize.recipe import Recipe
from tests.export.hand_made import run_model
from tests.export.trained_like import SPEC, rough_network

HEAD_IN_FLOAT = ("squeeze_excite", "first_and_last")


@pytest.fixture(scope="module")
def float_graph() -> onnx.ModelProto:
    pytest.importorskip("timm")
    network = rough_network(16, "timm/test_resnet", "nearest_center")  # the smallest
    with torch.no_grad():
        network.head.centers *= 10
    deployed = DeployedNet(network, SPEC, network.head.centers).eval()
    return onnx.shape_inference.infer_shapes(to_onnx(deployed, SPEC, 19))


@pytest.fixture(scope="module", params=["int8", "int8-trt"])
def int8_graph(
    float_graph: onnx.ModelProto, calibration_pictures: np.ndarray, request: pytest.FixtureRequest
) -> onnx.ModelProto:
    recipe = Recipe(target=request.param, calibration="minmax", float_groups=HEAD_IN_FLOAT)
    return Quantizer(float_graph, calibration_pictures).quantize(recipe)


def head_of(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """Walk back from the logits to the layer that makes the feature (not included)."""
    maker = {name: item for item in model.graph.node for name in item.output}
    head, waiting = [], ["logits"]
    while waiting:
        node = maker.get(waiting.pop())
        if node is not None and node.op_type not in ("Gemm", "MatMul", "Conv"):
            head.append(node)
            waiting.extend(node.input)
    return head


def test_the_head_is_no_kind_of_node_that_is_quantised(float_graph: onnx.ModelProto):
    head = head_of(float_graph)
    assert any("network.head.centers" in item.input for item in head)
    assert not {item.op_type for item in head} & set(QUANTIZED_OPERATORS)


def test_the_head_and_the_feature_it_reads_stay_in_float(int8_graph: onnx.ModelProto):
    kinds = {item.op_type for item in int8_graph.graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds
    head = head_of(int8_graph)
    assert any("network.head.centers" in item.input for item in head)
    assert not {item.op_type for item in head} & {"QuantizeLinear", "DequantizeLinear"}


def test_int8_agrees_with_float(
    float_graph: onnx.ModelProto, int8_graph: onnx.ModelProto, calibration_pictures: np.ndarray
):
    pictures = calibration_pictures
    before, after = (run_model(model, {"image": pictures}, ["logits"])[0] for model in (float_graph, int8_graph))
    assert not np.array_equal(before, after)
    spread = np.ptp(before, axis=1).mean()
    assert np.abs(before - after).mean() < 0.05 * spread
