"""Export the networks beside the MobileNetV3 with a linear head (for that one: test_to_onnx)."""

import copy
from typing import Literal, NamedTuple

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from export.graph.deployed import DeployedNet
from export.graph.to_onnx import to_onnx
from pipeline.training.networks.roadnet import RoadNet
from tests.export.hand_made import run_model
from tests.export.trained_like import SPEC, normalized, random_pictures, rough_network

Case = tuple[str, int | None, Literal["linear", "nearest_center"]]
CASES: list[Case] = [("resnet18_32", 16, "nearest_center"), ("timm/test_resnet", None, "linear")]


class Exported(NamedTuple):
    network: RoadNet  # as it was before the export
    model: onnx.ModelProto


@pytest.fixture(scope="module", params=CASES, ids=str)
def exported(request: pytest.FixtureRequest) -> Exported:
    name, embedding, head = request.param
    if name.startswith("timm/"):
        pytest.importorskip("timm")
    network = rough_network(embedding, name, head)
    deployed = DeployedNet(copy.deepcopy(network), SPEC.normalization).eval()
    return Exported(network, to_onnx(deployed, SPEC, 18))


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_equals_torch_behind_numpy_normalisation(exported: Exported, batch: int):
    pictures = random_pictures(batch, seed=batch)
    with torch.no_grad():
        expected = exported.network(normalized(pictures)).logits.numpy()
    logits, probabilities = run_model(exported.model, {"image": pictures}, ["logits", "probabilities"])
    assert np.ptp(expected) > 0.1  # the network says something
    assert logits.shape == probabilities.shape == (batch, 3)
    np.testing.assert_allclose(logits, expected, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(probabilities, torch.softmax(torch.from_numpy(expected), 1), atol=1e-4)


def test_interface(exported: Exported):
    session = onnxruntime.InferenceSession(exported.model.SerializeToString(), providers=["CPUExecutionProvider"])
    (image,) = session.get_inputs()
    assert isinstance(image.shape[0], str)
    assert image.shape[1:] == [64, 96, 3]
    found = [(item.name, item.type, item.shape[1]) for item in session.get_outputs()]
    assert found == [("logits", "tensor(float)", 3), ("probabilities", "tensor(float)", 3)]


def test_every_mean_over_the_picture_is_global_pooling(exported: Exported):
    kinds = [item.op_type for item in exported.model.graph.node]
    assert "GlobalAveragePool" in kinds
    assert "ReduceMean" not in kinds
    assert "BatchNormalization" not in kinds
