import numpy as np
import pytest
import torch
from torch import nn

from export.graph.deployed import DeployedNet, SpatialMean, replace_adaptive_pooling
from tests.export.trained_like import SPEC, normalized, random_pictures, rough_network


def test_spatial_mean_equals_adaptive_pooling():
    x = torch.randn(2, 5, 3, 7, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(SpatialMean()(x), nn.AdaptiveAvgPool2d(1)(x))


def test_only_pooling_to_one_pixel_is_replaced():
    inner = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d((1, 1)), nn.AdaptiveAvgPool2d((2, 1)))
    network = nn.Sequential(inner, nn.AdaptiveAvgPool2d(2), nn.AdaptiveMaxPool2d(1))
    replace_adaptive_pooling(network)
    assert [type(module) for module in inner] == [SpatialMean, SpatialMean, nn.AdaptiveAvgPool2d]
    assert [type(module) for module in network] == [nn.Sequential, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d]


@pytest.mark.parametrize("embedding_dim", [16, None])
def test_deployed_equals_the_network_behind_numpy_normalisation(embedding_dim: int | None):
    pictures = random_pictures(3)
    network = rough_network(embedding_dim)
    with torch.no_grad():
        expected = network(normalized(pictures)).logits
        logits, probabilities = DeployedNet(network, SPEC.normalization).eval()(torch.from_numpy(pictures))
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    np.testing.assert_allclose(probabilities, torch.softmax(expected, dim=1), atol=1e-5)


def test_constants_travel_with_the_module():
    network = DeployedNet(rough_network(None), SPEC.normalization)
    state = network.state_dict()
    np.testing.assert_allclose(state["mean"].flatten(), 255 * np.array(SPEC.normalization.mean), rtol=1e-6)
    np.testing.assert_allclose(state["std"].flatten(), 255 * np.array(SPEC.normalization.std), rtol=1e-6)
