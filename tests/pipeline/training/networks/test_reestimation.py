import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from pipeline.training.artifact import NetworkSpec
from pipeline.training.networks import build_network
from pipeline.training.networks.reestimation import reestimate_statistics
from pipeline.training.networks.statistics import capture_statistics


def conv_and_norm() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, momentum=0.3), nn.Dropout(0.9))


def pooled_by_hand(batches: list[Tensor], layer: nn.Module) -> tuple[np.ndarray, np.ndarray]:
    with torch.no_grad():
        values = [layer(batch).double().transpose(0, 1).flatten(1).numpy() for batch in batches]
    together = np.concatenate(values, axis=1)
    return together.mean(axis=1), together.var(axis=1, ddof=1)


@settings(derandomize=True, max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(1, 6), min_size=1, max_size=5), shift=st.floats(-30, 30), seed=st.integers(0, 99))
def test_statistics_are_those_of_all_values_together(sizes: list[int], shift: float, seed: int) -> None:
    torch.manual_seed(seed)
    network = conv_and_norm()
    batches = [torch.randn(size, 3, 5, 4) * (1 + i) + shift * i for i, size in enumerate(sizes)]
    mean, variance = pooled_by_hand(batches, network[0])
    reestimate_statistics(network, iter(batches))
    np.testing.assert_allclose(network[1].running_mean, mean, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(network[1].running_var, variance, rtol=1e-4)
    assert network[1].num_batches_tracked == len(sizes)


@pytest.mark.parametrize(
    ("norm", "shape"),
    [(nn.BatchNorm1d(3), (6, 3)), (nn.BatchNorm1d(3), (6, 3, 5)), (nn.BatchNorm3d(3), (2, 3, 4, 2, 5))],
)
def test_every_kind_of_batch_norm(norm: nn.Module, shape: tuple[int, ...]) -> None:
    batches = [torch.randn(shape) + i for i in range(3)]
    mean, variance = pooled_by_hand(batches, nn.Identity())
    reestimate_statistics(norm, batches)
    np.testing.assert_allclose(norm.running_mean, mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(norm.running_var, variance, rtol=1e-4)


def test_modes_momenta_gradients_and_weights_are_as_before() -> None:
    network = build_network(NetworkSpec(name="mobilenet_v3_small", embedding_dim=None, num_classes=3, head="linear"))
    network.train()
    network.head.eval()
    first = next(part for part in network.modules() if isinstance(part, nn.BatchNorm2d))
    first.momentum = None
    modes = [part.training for part in network.modules()]
    momenta = [part.momentum for part in network.modules() if isinstance(part, nn.BatchNorm2d)]
    weights = [value.detach().clone() for value in network.parameters()]
    before = capture_statistics(network)
    reestimate_statistics(network, [torch.randn(4, 3, 64, 64)])
    assert [part.training for part in network.modules()] == modes
    assert [part.momentum for part in network.modules() if isinstance(part, nn.BatchNorm2d)] == momenta
    assert all(torch.equal(old, new) for old, new in zip(weights, network.parameters(), strict=True))
    assert all(value.grad is None for value in network.parameters())
    assert not any(torch.equal(value, before[name]) for name, value in capture_statistics(network).items())


def test_deeper_layers_see_batches_normalised_by_themselves() -> None:
    """With one batch, evaluation afterwards does what training did on that batch, but for n − 1 in the variance."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 5, 3), nn.BatchNorm2d(5))
    batch = torch.randn(8, 3, 16, 16) + 3
    reestimate_statistics(network, [batch])
    with torch.no_grad():
        torch.testing.assert_close(network.eval()(batch), network.train()(batch), rtol=1e-2, atol=1e-2)


def test_a_failure_leaves_everything_as_it_was() -> None:
    network = conv_and_norm()
    network(torch.randn(4, 3, 5, 5))
    before = capture_statistics(network)
    with pytest.raises(ValueError, match="got none"):
        reestimate_statistics(network, [])
    with pytest.raises(ValueError, match="more than 1 value"):
        reestimate_statistics(network, [torch.randn(4, 3, 5, 5), torch.randn(1, 3, 3, 3)])
    after = capture_statistics(network)
    assert all(torch.equal(value, before[name]) for name, value in after.items())
    assert all(part.training for part in network.modules())
    assert network[1].momentum == 0.3
    assert not network[1]._forward_hooks


def test_a_batch_norm_that_no_batch_passed_keeps_its_statistics() -> None:
    class Half(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.unused = nn.BatchNorm2d(3), nn.BatchNorm2d(3)
            self.unused.running_mean.fill_(7)

        def forward(self, pictures: Tensor) -> Tensor:
            return self.used(pictures)

    network = Half()
    reestimate_statistics(network, [torch.randn(4, 3, 5, 5) + 2])
    assert network.used.running_mean.min() > 1
    assert network.unused.running_mean.tolist() == [7, 7, 7]
