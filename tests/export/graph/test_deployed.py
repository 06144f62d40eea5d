import copy

import numpy as np
import pytest
import torch
from torch import nn

from export.graph.deployed import DeployedNet, SpatialMean, replace_adaptive_pooling, swap_first_channels
from tests.export.trained_like import SPEC, normalized, random_pictures, rough_network

BGR = SPEC.model_copy(update={"color": "bgr"})


def test_spatial_mean_equals_adaptive_pooling():
    x = torch.randn(2, 5, 3, 7, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(SpatialMean()(x), nn.AdaptiveAvgPool2d(1)(x))


def test_only_pooling_to_one_pixel_is_replaced():
    inner = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d((1, 1)), nn.AdaptiveAvgPool2d((2, 1)))
    network = nn.Sequential(inner, nn.AdaptiveAvgPool2d(2), nn.AdaptiveMaxPool2d(1))
    replace_adaptive_pooling(network)
    assert [type(module) for module in inner] == [SpatialMean, SpatialMean, nn.AdaptiveAvgPool2d]
    assert [type(module) for module in network] == [nn.Sequential, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d]


@pytest.mark.parametrize("color", ["rgb", "bgr"])
@pytest.mark.parametrize("embedding_dim", [16, None])
def test_deployed_equals_the_network_behind_numpy_normalisation(embedding_dim: int | None, color: str):
    pictures = random_pictures(3)
    network = rough_network(embedding_dim)
    centroids = torch.randn(3, network.feature_dim, generator=torch.Generator().manual_seed(1))
    given = pictures if color == "rgb" else pictures[..., ::-1].copy()
    with torch.no_grad():
        expected = network(normalized(pictures))
        spec = SPEC.model_copy(update={"color": color})
        found = DeployedNet(copy.deepcopy(network), spec, centroids).eval()(torch.from_numpy(given))
    scale = max(1.0, float(expected.logits.abs().max()))
    np.testing.assert_allclose(found.logits, expected.logits, atol=1e-5 * scale)
    np.testing.assert_allclose(found.probabilities, torch.softmax(expected.logits, dim=1), atol=1e-5 * scale)
    np.testing.assert_allclose(found.feature, expected.features, rtol=1e-4, atol=1e-5)
    for row, feature in zip(found.centroid_distance, expected.features, strict=True):
        assert row.tolist() == pytest.approx([float((feature - m).pow(2).sum().sqrt()) for m in centroids], rel=1e-4)


def test_the_order_of_channels_matters_to_the_network():
    """Else the test above could not fail."""
    pictures = random_pictures(3)
    network = DeployedNet(rough_network(16), SPEC, torch.zeros(3, 16)).eval()
    with torch.no_grad():
        right, wrong = (network(torch.from_numpy(item.copy())).logits for item in (pictures, pictures[..., ::-1]))
    assert (right - wrong).abs().max() > 0.01 * right.abs().max()


def test_constants_travel_with_the_module():
    for spec, order in ((SPEC, [0, 1, 2]), (BGR, [2, 1, 0])):
        state = DeployedNet(rough_network(None), spec, torch.full((3, 1024), 2.0)).state_dict()
        mean, std = np.array(spec.normalization.mean)[order], np.array(spec.normalization.std)[order]
        np.testing.assert_allclose(state["mean"].flatten(), 255 * mean, rtol=1e-6)
        np.testing.assert_allclose(state["std"].flatten(), 255 * std, rtol=1e-6)
        assert state["centroids"].eq(2).all()


@pytest.mark.parametrize(
    "network", [nn.Linear(3, 2), nn.Sequential(nn.Conv2d(1, 4, 3)), nn.Conv2d(3, 3, 3, groups=3)], ids=str
)
def test_a_network_that_does_not_read_three_channels_is_refused(network: nn.Module):
    with pytest.raises(ValueError, match="first convolution reads three channels"):
        swap_first_channels(network)
