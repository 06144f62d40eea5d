import copy
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
import pytest
import torch

from export.finetune.fusion import fold_batch_norm
from export.finetune.layers import check_same_weights, layer_of, trained_layers, with_weights
from export.quantize.insert import WEIGHTED_OPERATORS
from pipeline.training.networks.checkpoint import load_checkpoint
from pipeline.training.networks.roadnet import RoadNet
from tests.export.finetune.tiny_network import given, small_pictures, tiny_network
from tests.export.hand_made import all_activations, run_model
from tests.export.trained_like import SPEC, random_pictures, rough_network


class Pair(NamedTuple):
    network: RoadNet
    model: onnx.ModelProto
    color: str


def folded_of(network: RoadNet) -> RoadNet:
    student = copy.deepcopy(network)
    fold_batch_norm(student, given(1))
    return student


def check_written_back(model: onnx.ModelProto, network: RoadNet, color: str, pictures: np.ndarray) -> None:
    """An untrained, only folded network put back into its graph changes nothing."""
    before = model.SerializeToString(deterministic=True)
    student = folded_of(network)
    check_same_weights(model, student, color)
    written = with_weights(model, student, color)
    assert model.SerializeToString(deterministic=True) == before
    assert [item.name for item in written.graph.node] == [item.name for item in model.graph.node]
    wanted, found = (run_model(item, {"image": pictures}) for item in (model, written))
    for one, other in zip(wanted, found, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-4 * max(1.0, np.abs(one).max()))


@pytest.fixture(params=["rgb", "bgr"])
def pair(request: pytest.FixtureRequest, graph: onnx.ModelProto, bgr_graph: onnx.ModelProto) -> Pair:
    if request.param == "rgb":
        return Pair(tiny_network(), graph, "rgb")
    return Pair(tiny_network(gate_bias=0.0), bgr_graph, "bgr")


def test_an_untrained_network_gives_its_graph_back(pair: Pair):
    network, model, color = pair
    check_written_back(model, network, color, small_pictures(5))
    other = copy.deepcopy(network)
    with torch.no_grad():
        next(iter(trained_layers(other).values())).weight.mul_(1.1)
    with pytest.raises(ValueError, match=r"network\.backbone\.0\.weight: expected the network's values"):
        check_same_weights(model, folded_of(other), color)
    with pytest.raises(ValueError, match=r"backbone\.0\.weight: expected the network's values"):
        check_same_weights(model, folded_of(network), {"rgb": "bgr", "bgr": "rgb"}[color])


def test_the_exported_mobilenet(onnx_path: Path, checkpoint_path: Path):
    model = onnx.load(str(onnx_path.parent / "model.fp32.onnx"))
    check_written_back(model, load_checkpoint(checkpoint_path)[1], "rgb", random_pictures(3))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mobilenet_v3_large", "resnet18_32", "timm/test_resnet"])
@pytest.mark.parametrize("color", ["rgb", "bgr"])
def test_other_networks(name: str, color: str):
    if name.startswith("timm"):
        pytest.importorskip("timm")
    from export.graph.deployed import DeployedNet
    from export.graph.to_onnx import to_onnx

    network, spec = rough_network(16, name), SPEC.model_copy(update={"color": color})
    deployed = DeployedNet(copy.deepcopy(network), spec, torch.zeros(3, 16)).eval()
    check_written_back(to_onnx(deployed, spec, 19), network, color, random_pictures(2))


def test_new_weights_and_biases_reach_every_layer_but_the_head(pair: Pair):
    network, model, color = pair
    student, pictures = folded_of(network), small_pictures(5)
    with torch.no_grad():
        for layer in trained_layers(student).values():
            layer.weight.add_(0.02 * torch.randn_like(layer.weight))
            layer.bias.add_(0.02 * torch.randn_like(layer.bias))
    written = with_weights(model, student, color)
    onnx.checker.check_model(written, full_check=True)
    feed = {"image": pictures if color == "rgb" else pictures[..., ::-1]}
    found = all_activations(written, feed)
    with torch.no_grad():
        wanted = student(given(5)).features.numpy()
    np.testing.assert_allclose(found["feature"], wanted, rtol=1e-4, atol=1e-4)
    assert np.abs(found["feature"] - all_activations(model, feed)["feature"]).max() > 0.01
    kept = {item.name: item for item in model.graph.initializer if "head" in item.name or "centroids" in item.name}
    assert len(kept) == 3
    assert {item.name: item for item in written.graph.initializer if item.name in kept} == kept


def test_a_layer_without_a_counterpart_is_named(network: RoadNet, graph: onnx.ModelProto):
    student = folded_of(network)
    fewer = copy.deepcopy(student)
    fewer.embedding = None
    with pytest.raises(ValueError, match="expected one layer of the network, named embedding"):
        with_weights(graph, fewer, "rgb")
    more = copy.deepcopy(student)
    more.extra = torch.nn.Linear(2, 2)
    with pytest.raises(ValueError, match="expected every layer of the network in the graph, got none named extra"):
        with_weights(graph, more, "rgb")
    other = copy.deepcopy(student)
    other.embedding = torch.nn.Linear(12, 7)
    with pytest.raises(
        ValueError, match=r"embedding\.weight: expected the shape \[6, 12\] in the network, got \[7, 12\]"
    ):
        with_weights(graph, other, "rgb")
    renamed = onnx.ModelProto()
    renamed.CopyFrom(graph)
    weighted = [item for item in renamed.graph.node if item.op_type in WEIGHTED_OPERATORS]
    assert {layer_of(item) for item in weighted} == {*trained_layers(network), "head"}
    weighted[0].input[1] = "val_7"
    with pytest.raises(ValueError, match=r"expected a weight named network\.LAYER\.weight, got 'val_7'"):
        with_weights(renamed, student, "rgb")
