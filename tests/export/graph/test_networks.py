"""Export the networks beside the small MobileNetV3 with an embedding and a linear head (for that one: test_to_onnx)."""

import copy
from collections import Counter
from typing import Literal, NamedTuple

import numpy as np
import onnx
import pytest
import torch

from export.engine.graph_check import find_faults
from export.graph.deployed import DeployedNet
from export.graph.half import nodes_kept_in_float, to_half
from export.graph.inventory import check_tidy, operator_counts
from export.graph.to_onnx import to_onnx
from pipeline.training.networks.nearest_center import NearestCenterHead
from pipeline.training.networks.roadnet import RoadNet
from tests.export.hand_made import run_model
from tests.export.trained_like import SPEC, normalized, random_pictures, rough_network

Case = tuple[str, int | None, Literal["linear", "nearest_center"]]
CASES: list[Case] = [
    ("mobilenet_v3_large", None, "linear"),
    ("resnet18_32", 16, "nearest_center"),
    ("timm/test_resnet", None, "linear"),
]
ENDS = {"Cast": 1, "Transpose": 1, "Div": 1, "Reshape": 1, "Softmax": 1, "Unsqueeze": 1, "ReduceL2": 1}
NEAREST = {"Sub": 2, "Pow": 1, "ReduceSum": 1, "Neg": 1}  # the mean, and q − μ, which logits and distances share
COUNTS: dict[str, dict[str, int]] = {
    "mobilenet_v3_large": {
        "Conv": 62,
        "HardSwish": 21,
        "Relu": 19,
        "Add": 10,
        "GlobalAveragePool": 9,
        "HardSigmoid": 8,
        "Mul": 8,
        "Gemm": 2,
        "Sub": 2,
        **ENDS,
    },
    "resnet18_32": {"Conv": 20, "Relu": 18, "Add": 8, "Gemm": 1, "GlobalAveragePool": 1, **NEAREST, **ENDS},
    "timm/test_resnet": {
        "Conv": 15,
        "Relu": 12,
        "Add": 4,
        "AveragePool": 3,
        "MaxPool": 1,
        "Gemm": 1,
        "GlobalAveragePool": 1,
        "Sub": 2,
        **ENDS,
    },
}


class Exported(NamedTuple):
    network: RoadNet  # as it was before the export
    centroids: np.ndarray
    model: onnx.ModelProto
    half: onnx.ModelProto


@pytest.fixture(scope="module", params=CASES, ids=str)
def exported(request: pytest.FixtureRequest) -> Exported:
    name, embedding, head = request.param
    if name.startswith("timm/"):
        pytest.importorskip("timm")
    network = rough_network(embedding, name, head)
    generator = torch.Generator().manual_seed(1)
    centroids = torch.randn(3, network.feature_dim, generator=generator)
    if isinstance(network.head, NearestCenterHead):
        centroids = network.head.centers.detach()
    model = to_onnx(DeployedNet(copy.deepcopy(network), SPEC, centroids).eval(), SPEC, 18)
    return Exported(network, centroids.numpy(), model, to_half(model, nodes_kept_in_float(model)))


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_equals_torch_behind_numpy_normalisation(exported: Exported, batch: int):
    pictures = random_pictures(batch, seed=batch)
    with torch.no_grad():
        features, logits = (values.numpy() for values in exported.network(normalized(pictures)))
    names = ["logits", "probabilities", "feature", "centroid_distance"]
    found = dict(zip(names, run_model(exported.model, {"image": pictures}, names), strict=True))
    assert np.ptp(logits) > 0.1  # the network says something
    largest = max(1.0, float(np.abs(logits).max()))
    np.testing.assert_allclose(found["logits"], logits, atol=1e-5 * largest)
    np.testing.assert_allclose(found["probabilities"], torch.softmax(torch.from_numpy(logits), 1), atol=1e-5 * largest)
    np.testing.assert_allclose(found["feature"], features, rtol=1e-4, atol=1e-5 * max(1.0, np.abs(features).max()))
    distance = np.linalg.norm(features[:, None].astype(np.float64) - exported.centroids, axis=2)
    np.testing.assert_allclose(found["centroid_distance"], distance, rtol=1e-4)


def test_a_nearest_centre_head_gives_the_distances_of_its_logits(exported: Exported):
    if exported.network.spec.head != "nearest_center":
        pytest.skip("another head")
    logits, distance = run_model(exported.model, {"image": random_pictures(3)}, ["logits", "centroid_distance"])
    np.testing.assert_allclose(distance, np.sqrt(-logits), rtol=1e-4)


def test_outputs(exported: Exported):
    found = [(item.name, item.type.tensor_type.shape.dim) for item in exported.model.graph.output]
    width = exported.network.feature_dim
    wanted = [("logits", 3), ("probabilities", 3), ("feature", width), ("centroid_distance", 3)]
    assert [(name, dims[1].dim_value) for name, dims in found] == wanted
    assert {dims[0].dim_param for _, dims in found} == {"batch"}


def test_node_budget(exported: Exported):
    counts = COUNTS[exported.network.spec.name]
    if exported.network.spec.name.startswith("timm/"):  # its depth is timm's business
        counts = {name: count for name, count in counts.items() if name in ENDS}
        assert counts.items() <= operator_counts(exported.model).items()
    else:
        assert operator_counts(exported.model) == counts
    added = Counter(operator_counts(exported.half)) - Counter(operator_counts(exported.model))
    # Into float16 and out of it: the features, and the logits where the head has weights.
    assert added == {"Cast": 2 if exported.network.spec.head == "nearest_center" else 3}


def test_both_graphs_are_tidy_and_for_tensorrt(exported: Exported):
    for model in (exported.model, exported.half):
        check_tidy(model, "exported")
        assert find_faults(model) == []


def test_half_is_close(exported: Exported):
    pictures = {"image": random_pictures(3)}
    for ours, theirs in zip(run_model(exported.half, pictures), run_model(exported.model, pictures), strict=True):
        assert 0 < np.abs(ours - theirs).max() <= 0.03 * np.abs(theirs).max()
