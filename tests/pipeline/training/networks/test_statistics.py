import pytest
import torch
from torch import nn

from pipeline.training.artifact import NetworkSpec
from pipeline.training.networks import build_network
from pipeline.training.networks.statistics import TORCHVISION_MOMENTUM, set_statistics_momentum


def test_the_first_hundred_passes_are_averaged_evenly() -> None:
    layer = nn.BatchNorm2d(2)
    batches = torch.randn(100, 8, 2, 3, 3, generator=torch.Generator().manual_seed(0)) + 5
    for updates, batch in enumerate(batches):
        set_statistics_momentum(layer, updates)
        layer(batch)
    assert layer.running_mean is not None
    torch.testing.assert_close(layer.running_mean, batches.mean(dim=(0, 1, 3, 4)))


@pytest.mark.parametrize("updates", [99, 100, 10_000])
def test_later_on_it_is_torchvisions(updates: int) -> None:
    network = build_network(NetworkSpec(name="mobilenet_v3_small", embedding_dim=8, num_classes=3))
    before = {part.momentum for part in network.modules() if isinstance(part, nn.BatchNorm2d)}
    set_statistics_momentum(network, updates)
    after = {part.momentum for part in network.modules() if isinstance(part, nn.BatchNorm2d)}
    assert before == after == {TORCHVISION_MOMENTUM}
