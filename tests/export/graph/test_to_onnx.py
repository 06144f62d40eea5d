import json
import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.split.artifact import open_split
from export.graph.centroids import measured_centroids
from export.graph.inventory import operator_counts
from pipeline.training.networks.checkpoint import load_checkpoint
from pipeline.training.networks.roadnet import RoadNet
from tests.export.hand_made import run_model
from tests.export.trained_like import SPEC, normalized, random_pictures
from tests.pipeline.training.tiny_split import CLASSES

NAMES = ["logits", "probabilities", "feature", "centroid_distance"]


class Exported(NamedTuple):
    network: RoadNet  # as it was before the export
    model: onnx.ModelProto
    opset: int


@pytest.fixture(scope="module", params=["rgb", "bgr of four"])
def exported(request: pytest.FixtureRequest, checkpoint_path: Path, onnx_path: Path) -> Exported:
    """The stage's own graph, and one of the newest operator set that takes four BGR pictures."""
    if request.param == "rgb":
        path, opset = onnx_path, 19
    else:
        path, opset = request.getfixturevalue("bgr_path"), 20
    return Exported(load_checkpoint(checkpoint_path)[1], onnx.load(str(path.parent / "model.fp32.onnx")), opset)


@pytest.fixture(scope="module")
def free(onnx_path: Path) -> onnx.ModelProto:
    return onnx.load(str(onnx_path.parent / "model.fp32.onnx"))


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_equals_torch_behind_numpy_normalisation(
    free: onnx.ModelProto, checkpoint_path: Path, split_path: Path, batch: int
):
    pictures = random_pictures(batch, seed=batch)
    network = load_checkpoint(checkpoint_path)[1]
    centroids = measured_centroids(network, SPEC, open_split(split_path).samples["train"]).values.numpy()
    with torch.no_grad():
        features, expected = (values.numpy() for values in network(normalized(pictures)))
    logits, probabilities, feature, distance = run_model(free, {"image": pictures}, NAMES)
    assert np.ptp(expected) > 0.1  # the network says something
    assert logits.shape == probabilities.shape == distance.shape == (batch, 3)
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    exponentials = np.exp(expected.astype(np.float64))
    np.testing.assert_allclose(probabilities, exponentials / exponentials.sum(axis=1, keepdims=True), atol=1e-5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(feature, features, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(distance, np.linalg.norm(features[:, None] - centroids, axis=2), rtol=1e-4)


def test_a_picture_does_not_depend_on_its_batch(free: onnx.ModelProto):
    pictures = random_pictures(5)
    (together,) = run_model(free, {"image": pictures}, ["logits"])
    alone = [run_model(free, {"image": pictures[i : i + 1]}, ["logits"])[0][0] for i in (0, 4)]
    np.testing.assert_allclose(together[[0, 4]], alone, atol=1e-4)


def test_the_bgr_graph_on_reversed_pictures_equals_the_rgb_graph(free: onnx.ModelProto, bgr_path: Path):
    bgr = onnx.load(str(bgr_path.parent / "model.fp32.onnx"))
    pictures = random_pictures(4)
    turned = run_model(bgr, {"image": pictures[..., ::-1].copy()}, NAMES[:3])
    for ours, theirs in zip(turned, run_model(free, {"image": pictures}, NAMES[:3]), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * np.abs(theirs).max())
    # And it does read BGR.
    (wrong,) = run_model(bgr, {"image": pictures}, ["logits"])
    assert np.abs(wrong - turned[0]).max() > 0.01


def test_interface(exported: Exported):
    session = onnxruntime.InferenceSession(exported.model.SerializeToString(), providers=["CPUExecutionProvider"])
    (image,) = session.get_inputs()
    assert (image.name, image.type) == ("image", "tensor(uint8)")
    assert image.shape == ["batch" if exported.opset == 19 else 4, 64, 96, 3]
    found = [(item.name, item.type, item.shape) for item in session.get_outputs()]
    widths = {"logits": 3, "probabilities": 3, "feature": 16, "centroid_distance": 3}
    assert found == [(name, "tensor(float)", [image.shape[0], width]) for name, width in widths.items()]


def test_opset_is_honoured(exported: Exported):
    assert [(item.domain, item.version) for item in exported.model.opset_import] == [("", exported.opset)]


def test_node_budget(exported: Exported):
    wanted = Counter(type(module) for module in exported.network.modules())
    assert operator_counts(exported.model) == {
        "Conv": wanted[nn.Conv2d],
        "HardSwish": wanted[nn.Hardswish],
        "Relu": wanted[nn.ReLU],
        "GlobalAveragePool": wanted[nn.AdaptiveAvgPool2d],
        "HardSigmoid": wanted[nn.Hardsigmoid],
        "Mul": wanted[nn.Hardsigmoid],
        "Add": 6,  # the residual connections
        "Gemm": wanted[nn.Linear],
        "Sub": 2,  # the mean, and the centroids
        **dict.fromkeys(["Cast", "Transpose", "Div", "Reshape", "Softmax", "Unsqueeze", "ReduceL2"], 1),
    }
    counts = (wanted[nn.Conv2d], wanted[nn.Hardswish], wanted[nn.ReLU], wanted[nn.Hardsigmoid], wanted[nn.Linear])
    assert counts == (52, 19, 14, 9, 3)


def test_node_names_are_unique(exported: Exported):
    names = [item.name for item in exported.model.graph.node]
    assert all(names)
    assert len(set(names)) == len(names)  # quantisation chooses nodes by name


def test_nothing_local_is_left(exported: Exported):
    graph = exported.model.graph
    for item in (*graph.node, *graph.initializer, *graph.input, *graph.output):
        assert not item.metadata_props
        assert not item.doc_string
    data = exported.model.SerializeToString()
    for trace in (os.getcwd(), str(Path.home()), os.path.dirname(torch.__file__), ".py", "site-packages"):  # noqa: PTH109, PTH120
        assert trace.encode() not in data, trace
    used = {name for item in graph.node for name in item.input}
    assert {item.name for item in graph.initializer} <= used
    assert all(item.data_location == onnx.TensorProto.DEFAULT for item in graph.initializer)


def test_metadata_parses_back(exported: Exported):
    found = {item.key: item.value for item in exported.model.metadata_props}
    keys = ("classes", "preprocessing", "outputs", "centroids", "lineage", "producer")
    assert set(found) == {f"roadgrip.{key}" for key in keys}
    assert json.loads(found["roadgrip.classes"]) == list(CLASSES)
    color = "rgb" if exported.opset == 19 else "bgr"
    spec = PreprocessingSpec.model_validate_json(found["roadgrip.preprocessing"])
    assert spec == SPEC.model_copy(update={"color": color})
    assert json.loads(found["roadgrip.outputs"]) == NAMES
    assert found["roadgrip.centroids"] == ("measured" if color == "rgb" else "trained")
    kinds = [item["kind"] for item in json.loads(found["roadgrip.lineage"])]
    assert kinds == ["checkpoint", "split", "dataset"]
    assert exported.model.producer_name == "roadgrip"
