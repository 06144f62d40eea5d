"""Handle batch norm's running statistics."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d | nn.SyncBatchNorm
TORCHVISION_MOMENTUM = 0.01
"""What torchvision's MobileNetV3 gives every batch norm."""

_NAMES = ("running_mean", "running_var", "num_batches_tracked")


def batch_norms(network: nn.Module) -> Iterator[tuple[str, BatchNorm]]:
    """Yield every batch norm that keeps running statistics, with its name."""
    for name, part in network.named_modules():
        if isinstance(part, BatchNorm) and part.running_mean is not None:
            yield name, part


def statistics_of(part: BatchNorm) -> dict[str, Tensor]:
    """Return a batch norm's running statistics themselves, by buffer name."""
    found = {name: getattr(part, name) for name in _NAMES}
    return {name: value for name, value in found.items() if isinstance(value, Tensor)}


def set_statistics_momentum(network: nn.Module, updates: int) -> None:
    """Set batch norm's momentum for the next forward pass to max(0.01, 1 / (updates + 1)), whatever it was.

    The first hundred passes are thus averaged evenly. With 0.01 from the start, a short training would be
    validated with statistics that are mostly the initial mean 0 and variance 1, and score at chance.

    Args:
        network: Its batch norms are changed.
        updates: Forward passes in training mode so far, since the random start.
    """
    momentum = max(TORCHVISION_MOMENTUM, 1 / (updates + 1))
    for _, part in batch_norms(network):
        part.momentum = momentum


def capture_statistics(network: nn.Module) -> dict[str, Tensor]:
    """Copy the running statistics of every batch norm, by full buffer name."""
    return {
        f"{name}.{buffer}": value.detach().clone()
        for name, part in batch_norms(network)
        for buffer, value in statistics_of(part).items()
    }


def restore_statistics(network: nn.Module, statistics: Mapping[str, Tensor]) -> None:
    """Put captured statistics back, in place.

    Args:
        network: Its batch norms are changed.
        statistics: What `capture_statistics` gave for this network or its twin.

    Raises:
        ValueError: They are of other batch norms.
    """
    own = {
        f"{name}.{buffer}": value
        for name, part in batch_norms(network)
        for buffer, value in statistics_of(part).items()
    }
    if own.keys() != statistics.keys():
        odd = min(own.keys() ^ statistics.keys())
        raise ValueError(f"expected the statistics of the network's own batch norms, got others: {odd}")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(statistics[name])
