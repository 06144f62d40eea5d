import copy

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from export.finetune.codes import layer_codes
from export.finetune.fake_quantization import Code, LayerCode, fake_quantized
from export.finetune.fusion import fold_batch_norm
from export.finetune.layers import layer_of
from export.quantize.insert import Activations, quantize_inputs
from export.quantize.quantizer import Quantizer
from export.quantize.recipe import Recipe
from pipeline.training.networks.roadnet import RoadNet
from tests.export.finetune.tiny_network import given, small_pictures
from tests.export.hand_made import all_activations

CODE = Code(scale=0.1, zero_point=-20, low=-128, high=127)


def coded(x: np.ndarray, code: Code) -> np.ndarray:
    q = np.clip(np.round(x / code.scale) + code.zero_point, code.low, code.high)
    return (q - code.zero_point) * code.scale


def rounded(weight: np.ndarray) -> np.ndarray:
    scale = np.abs(weight).max(axis=1, keepdims=True) / 127
    return np.round(weight / scale) * scale


def layer_of_two() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return nn.Sequential(nn.Linear(5, 4), nn.Linear(4, 2)).double()


@pytest.mark.parametrize("result", [None, Code(0.02, 100, 0, 255)])
def test_a_layer_equals_naive_numpy(result: Code | None):
    network = layer_of_two()
    weight, bias = (item.detach().numpy() for item in network[0].parameters())
    x = np.random.default_rng(0).normal(0, 8, (40, 5))
    wanted = coded(x, CODE) @ rounded(weight).T + bias
    if result is not None:
        wanted = coded(wanted, result)
    assert np.abs(x).max() > 14.7  # some values are cut off
    network = network.float()
    with fake_quantized(network, {"0": LayerCode(CODE, result)}):
        found = network[0](torch.from_numpy(x).float()).detach().numpy()
    # A value that lies between two codes may fall to either side in float32.
    off = np.abs(found - wanted) > 1e-4
    assert off.mean() < 0.02
    assert np.abs(found - wanted).max() <= (1e-1 if result is None else 0.0201)


def test_gradients_pass_the_rounding_and_stop_where_values_are_cut_off():
    layer = nn.Linear(3, 1, bias=False)
    x = torch.tensor([[0.333, 20.0, -11.2]], requires_grad=True)  # codes reach from -10.8 to 14.7
    with fake_quantized(nn.Sequential(layer), {"0": LayerCode(CODE)}) as _:
        torch.autograd.backward([layer(x).sum()])
        stand_in = layer.weight.detach()
    assert x.grad is not None
    torch.testing.assert_close(x.grad, stand_in * torch.tensor([[1.0, 0.0, 0.0]]))
    assert layer.weight.grad is not None
    torch.testing.assert_close(layer.weight.grad, torch.tensor([[0.3, 14.7, -10.8]]))


def test_the_network_is_itself_again_afterwards():
    network = layer_of_two().float()
    before, x = copy.deepcopy(network.state_dict()), torch.randn(4, 5)
    wanted = network(x)
    with fake_quantized(network, {"0": LayerCode(CODE, CODE)}):
        assert not torch.equal(network(x), wanted)
    assert {name: value.tolist() for name, value in network.state_dict().items()} == {
        name: value.tolist() for name, value in before.items()
    }
    assert torch.equal(network(x), wanted)
    with pytest.raises(AttributeError), fake_quantized(network, {"2": LayerCode(CODE)}):
        pass


@pytest.mark.parametrize(
    "activations",
    [Activations(symmetric=True), Activations(symmetric=True, centered=True), Activations(symmetric=False)],
    ids=["int8-trt", "centred", "asymmetric"],
)
def test_computes_what_the_graph_with_quantize_nodes_computes(
    network: RoadNet, graph: onnx.ModelProto, quantizer: Quantizer, activations: Activations
):
    """In float32, on ranges narrow enough to cut values off; a first layer alone, so that no rounding differs twice."""
    ranges = quantizer.ranges(Recipe(target="int8-trt", percentile=97.0))
    folded = copy.deepcopy(network)
    fold_batch_norm(folded, given(1))
    pictures = small_pictures(6, seed=1)
    for node in (item for item in graph.graph.node if item.name in quantizer.weighted):
        codes = layer_codes(graph, ranges, [node.name], activations)
        quantized = quantize_inputs(graph, ranges, [node.name], activations)
        found = all_activations(quantized, {"image": pictures})["feature"]
        plain = all_activations(graph, {"image": pictures})["feature"]
        with fake_quantized(folded, codes), torch.no_grad():
            features = folded(given(6, seed=1)).features.numpy()
        assert set(codes) == {layer_of(node)}
        noise = np.abs(found - plain).max()
        assert noise > 0 or layer_of(node) == "head"
        assert np.abs(found - features).max() <= 0.05 * noise + 1e-5


@pytest.mark.parametrize("target", ["int8", "int8-trt"])
def test_the_whole_network_is_close_to_the_graph_of_a_recipe(target: str, network: RoadNet, quantizer: Quantizer):
    from export.finetune.codes import recipe_codes

    recipe = Recipe(target=target, percentile=99.0, centered=target == "int8-trt")
    pictures = small_pictures(6, seed=1)
    plain, found = (
        all_activations(item, {"image": pictures})["feature"] for item in (quantizer.plain, quantizer.quantize(recipe))
    )
    folded = copy.deepcopy(network)
    fold_batch_norm(folded, given(1))
    codes = recipe_codes(quantizer, recipe)
    assert len(codes) == len(quantizer.weighted)
    assert all((item.result is not None) == (target == "int8") for item in codes.values())
    with fake_quantized(folded, codes), torch.no_grad():
        features = folded(given(6, seed=1)).features.numpy()
    noise, rest = np.square(found - plain).mean(), np.square(found - features).mean()
    assert rest < (0.5 if target == "int8" else 0.1) * noise
