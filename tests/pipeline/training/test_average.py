import copy

import pytest
import torch
from torch import nn

from pipeline.training.average import WeightAverage


def make() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))


def test_the_average_follows_the_recursion() -> None:
    network = make()
    average = WeightAverage(network, 0.6)
    expected = network[0].weight.detach().clone()
    for step in range(6):
        with torch.no_grad():
            network[0].weight.add_(torch.randn(3, 3))
            network[1].running_mean.add_(1.0)
            network[1].num_batches_tracked.add_(1)
        average.follow(network, step)
        delta = 0.0 if step == 0 else min(0.6, (1 + step) / (10 + step))  # the first step is copied
        expected = delta * expected + (1 - delta) * network[0].weight.detach()
        torch.testing.assert_close(average.module[0].weight, expected)
    assert average.module[1].num_batches_tracked == 6
    assert 0 < average.module[1].running_mean[0].item() < network[1].running_mean[0].item()
    assert not any(parameter.requires_grad for parameter in average.parameters())


def test_its_state_goes_on_after_a_reload() -> None:
    network = make()
    average = WeightAverage(network, 0.9)
    average.follow(network, 0)
    other = WeightAverage(copy.deepcopy(network), 0.9)
    other.load_state_dict(average.state_dict())
    with torch.no_grad():
        network[0].weight.add_(1.0)
    for item in (average, other):
        item.follow(network, 1)
    assert torch.equal(average.module[0].weight, other.module[0].weight)
    assert average.module[0].weight[0, 0].item() == pytest.approx(network[0].weight[0, 0].item() - 2 / 11, rel=1e-4)
