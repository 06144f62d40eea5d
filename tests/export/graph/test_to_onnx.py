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
from export.graph.deployed import DeployedNet
from export.graph.to_onnx import to_onnx
from export.metadata import lineage_of, write_metadata
from pipeline.training.networks.checkpoint import load_checkpoint
from pipeline.training.networks.roadnet import RoadNet
from tests.export.hand_made import run_model
from tests.export.trained_like import SPEC, normalized, random_pictures, rough_network
from tests.pipeline.training.tiny_split import CLASSES


class Exported(NamedTuple):
    network: RoadNet  # as it was before the export
    model: onnx.ModelProto
    opset: int


@pytest.fixture(scope="module")
def with_embedding(checkpoint_path: Path, onnx_path: Path) -> Exported:
    return Exported(load_checkpoint(checkpoint_path)[1], onnx.load(str(onnx_path.parent / "model.fp32.onnx")), 18)


@pytest.fixture(scope="module")
def plain() -> Exported:
    """The classifier of torchvision, at the newest operator set."""
    network = DeployedNet(rough_network(None), SPEC.normalization).eval()
    return Exported(rough_network(None), to_onnx(network, SPEC, 20), 20)


@pytest.fixture(params=["with_embedding", "plain"])
def exported(request: pytest.FixtureRequest) -> Exported:
    found: Exported = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_equals_torch_behind_numpy_normalisation(exported: Exported, batch: int):
    pictures = random_pictures(batch, seed=batch)
    with torch.no_grad():
        expected = exported.network(normalized(pictures)).logits.numpy()
    logits, probabilities = run_model(exported.model, {"image": pictures}, ["logits", "probabilities"])
    assert np.ptp(expected) > 0.1  # the network says something
    assert logits.shape == probabilities.shape == (batch, 3)
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    exponentials = np.exp(expected.astype(np.float64))
    np.testing.assert_allclose(probabilities, exponentials / exponentials.sum(axis=1, keepdims=True), atol=1e-5)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_a_picture_does_not_depend_on_its_batch(exported: Exported):
    pictures = random_pictures(5)
    (together,) = run_model(exported.model, {"image": pictures}, ["logits"])
    alone = [run_model(exported.model, {"image": pictures[i : i + 1]}, ["logits"])[0][0] for i in (0, 4)]
    np.testing.assert_allclose(together[[0, 4]], alone, atol=1e-4)


def test_interface(exported: Exported):
    session = onnxruntime.InferenceSession(exported.model.SerializeToString(), providers=["CPUExecutionProvider"])
    (image,) = session.get_inputs()
    assert (image.name, image.type) == ("image", "tensor(uint8)")
    assert isinstance(image.shape[0], str)
    assert image.shape[1:] == [64, 96, 3]
    found = [(item.name, item.type, item.shape[1]) for item in session.get_outputs()]
    assert found == [("logits", "tensor(float)", 3), ("probabilities", "tensor(float)", 3)]


def test_opset_is_honoured(exported: Exported):
    assert [(item.domain, item.version) for item in exported.model.opset_import] == [("", exported.opset)]


def test_node_budget(exported: Exported):
    found = Counter(item.op_type for item in exported.model.graph.node)
    wanted = Counter(type(module) for module in exported.network.modules())
    assert found["Conv"] == wanted[nn.Conv2d]
    assert found["Gemm"] == wanted[nn.Linear]
    assert found["GlobalAveragePool"] == wanted[nn.AdaptiveAvgPool2d] == 10
    assert found["HardSwish"] == wanted[nn.Hardswish]
    assert found["HardSigmoid"] == wanted[nn.Hardsigmoid] == found["Mul"] == 9
    assert found["Relu"] == wanted[nn.ReLU]
    assert found["Add"] == 6  # the residual connections
    rest = {"Transpose": 1, "Cast": 1, "Sub": 1, "Div": 1, "Reshape": 1, "Softmax": 1}
    counted = {"Conv", "Gemm", "GlobalAveragePool", "HardSwish", "HardSigmoid", "Mul", "Relu", "Add"}
    assert {name: count for name, count in found.items() if name not in counted} == rest


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


def test_metadata_parses_back(with_embedding: Exported, checkpoint_path: Path, split_path: Path):
    found = {item.key: item.value for item in with_embedding.model.metadata_props}
    assert set(found) == {f"roadgrip.{key}" for key in ("classes", "preprocessing", "lineage", "producer")}
    assert json.loads(found["roadgrip.classes"]) == list(CLASSES)
    assert PreprocessingSpec.model_validate_json(found["roadgrip.preprocessing"]) == SPEC
    kinds = [item["kind"] for item in json.loads(found["roadgrip.lineage"])]
    assert kinds == ["checkpoint", "split", "dataset"]
    assert with_embedding.model.producer_name == "roadgrip"


def test_the_same_checkpoint_gives_the_same_bytes(
    checkpoint_path: Path, split_path: Path, onnx_path: Path, capfd: pytest.CaptureFixture[str]
):
    _, network = load_checkpoint(checkpoint_path)
    model = to_onnx(DeployedNet(network, SPEC.normalization).eval(), SPEC, 18)
    assert capfd.readouterr() == ("", "")  # the exporter's chatter stays inside
    write_metadata(model, CLASSES, SPEC, lineage_of([checkpoint_path, split_path]))
    assert model.SerializeToString(deterministic=True) == (onnx_path.parent / "model.fp32.onnx").read_bytes()
