import copy

import pytest
import torch
from torch import nn

from export.finetune.fusion import fold_batch_norm
from pipeline.training.networks.roadnet import RoadNet
from tests.export.finetune.tiny_network import given
from tests.export.trained_like import rough_network


def check_folded(network: nn.Module, folded: int) -> None:
    pictures = given(3)
    mended = copy.deepcopy(network)
    assert fold_batch_norm(mended, pictures[:1]) == folded
    with torch.no_grad():
        wanted, found = network(pictures), mended(pictures)
        for norm in (item for item in mended.modules() if isinstance(item, nn.BatchNorm2d)):
            x = torch.randn(2, norm.num_features, 3, 3)
            torch.testing.assert_close(norm(x), torch.relu(x) if getattr(norm, "act", None) else x)
    for one, other in zip(wanted, found, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-4 * float(one.abs().max()))


def test_a_folded_network_computes_the_same(network: RoadNet):
    before = copy.deepcopy(network.state_dict())
    check_folded(network, 3)
    torch.testing.assert_close(network.state_dict(), before)


@pytest.mark.parametrize(("name", "norms"), [("mobilenet_v3_small", 34), ("timm/test_resnet", 15)])
def test_however_the_layers_are_nested(name: str, norms: int):
    if name.startswith("timm"):
        pytest.importorskip("timm")
    check_folded(rough_network(8, name), norms)


def test_a_norm_that_reads_no_convolution_is_left_alone():
    network = nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 3, 1), nn.ReLU(), nn.BatchNorm2d(3)).eval()
    network[0].running_mean += 1
    assert fold_batch_norm(network, given(1)) == 0
    assert network[0].running_mean.tolist() == [1, 1, 1]


def test_training_mode_and_missing_statistics_are_refused(network: RoadNet):
    with pytest.raises(ValueError, match="eval mode"):
        fold_batch_norm(copy.deepcopy(network).train(), given(1))
    bare = nn.Sequential(nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3, track_running_stats=False)).eval()
    with pytest.raises(ValueError, match="running statistics"):
        fold_batch_norm(bare, given(1))
