import pytest
import torch
from torch import nn

from pipeline.training.artifact import NetworkSpec
from pipeline.training.networks import build_network
from pipeline.training.networks.statistics import (
    TORCHVISION_MOMENTUM,
    capture_statistics,
    restore_statistics,
    set_statistics_momentum,
)


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
    network = build_network(NetworkSpec(name="mobilenet_v3_small", embedding_dim=8, num_classes=3, head="linear"))
    before = {part.momentum for part in network.modules() if isinstance(part, nn.BatchNorm2d)}
    set_statistics_momentum(network, updates)
    after = {part.momentum for part in network.modules() if isinstance(part, nn.BatchNorm2d)}
    assert before == after == {TORCHVISION_MOMENTUM}


def test_every_kind_of_batch_norm_gets_the_momentum_and_one_without_statistics_is_left() -> None:
    kinds = [nn.BatchNorm1d(2), nn.BatchNorm3d(2), nn.SyncBatchNorm(2), nn.BatchNorm2d(2, track_running_stats=False)]
    set_statistics_momentum(nn.ModuleList(kinds), 1)
    assert [part.momentum for part in kinds] == [0.5, 0.5, 0.5, 0.1]


def test_captured_statistics_come_back() -> None:
    network = nn.Sequential(nn.BatchNorm2d(2), nn.Conv2d(2, 3, 1), nn.BatchNorm2d(3))
    network(torch.randn(4, 2, 3, 3))
    held = capture_statistics(network)
    values = {name: value.clone() for name, value in held.items()}
    network(torch.randn(4, 2, 3, 3) + 5)
    assert not torch.equal(network[0].running_mean, values["0.running_mean"])
    assert all(torch.equal(value, values[name]) for name, value in held.items())  # copies, not the buffers
    restore_statistics(network, held)
    now = {name: value for name, value in network.state_dict().items() if "running" in name or "tracked" in name}
    assert now.keys() == values.keys()
    assert all(torch.equal(value, values[name]) for name, value in now.items())


def test_statistics_of_another_network_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"others: 2\.num_batches_tracked"):
        restore_statistics(
            nn.Sequential(nn.BatchNorm2d(2)),
            capture_statistics(nn.Sequential(nn.BatchNorm2d(2), nn.ReLU(), nn.BatchNorm2d(2))),
        )
