"""Measure batch norm's running statistics again (Wu & Johnson, 2021, section 3: "precise" batch norm)."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from pipeline.training.networks.statistics import (
    BatchNorm,
    batch_norms,
    capture_statistics,
    restore_statistics,
    statistics_of,
)


@dataclass
class _Pool:
    """Add up moments of batches in float64, on the batch norm's device; n values a channel."""

    batches: int = 0
    count: int = 0
    sums: Tensor = field(default_factory=lambda: torch.zeros(()))
    """Σ n·μ, (C,)."""
    squares: Tensor = field(default_factory=lambda: torch.zeros(()))
    """Σ (n − 1)·s² + n·μ², (C,)."""

    def add(self, count: int, mean: Tensor, variance: Tensor) -> None:
        """Add a batch, given its unbiased variance."""
        mean, variance = mean.double(), variance.double()
        self.sums = count * mean + self.sums.to(mean.device)
        self.squares = (count - 1) * variance + count * mean.square() + self.squares.to(mean.device)
        self.count += count
        self.batches += 1

    def mean(self) -> Tensor:
        """Return the mean of all values."""
        return self.sums / self.count

    def variance(self) -> Tensor:
        """Return the unbiased variance of all values."""
        return (self.squares - self.count * self.mean().square()).clamp_min(0) / (self.count - 1)


def reestimate_statistics(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Replace every batch norm's running statistics with those of the given batches.

    The batches pass with batch norm in training mode (each is normalised with its own statistics) and all else in
    evaluation mode. Means and variances are those of all values together: every value counts the same, however the
    batches are cut, and the variance is the unbiased one, spread between batches included. Modes and momenta are
    afterwards as before; a batch norm that no batch passed keeps its statistics.

    Under data parallelism every process must see the same batches, or the statistics be shared afterwards.

    Args:
        network: Its statistics are changed in place.
        batches: (B, 3, H, W) normalised, on the network's device; at least one, and two values a channel in each.

    Raises:
        ValueError: There is no batch, or one is too small; the statistics are then as before.
    """
    norms = [part for _, part in batch_norms(network)]
    pools = [_Pool() for _ in norms]
    before = capture_statistics(network)
    try:
        with torch.no_grad(), _measuring(network, norms, pools):
            seen = 0
            for batch in batches:
                network(batch)
                seen += 1
        if seen == 0:
            raise ValueError("expected 1 or more batches to measure batch norm's statistics on, got none")
    except BaseException:
        restore_statistics(network, before)
        raise
    restore_statistics(network, before)
    with torch.no_grad():
        for part, pool in zip(norms, pools, strict=True):
            if pool.batches:
                measured = {"running_mean": pool.mean(), "running_var": pool.variance()}
                for name, value in statistics_of(part).items():
                    value.copy_(measured[name] if name in measured else torch.tensor(pool.batches))


@contextmanager
def _measuring(network: nn.Module, norms: list[BatchNorm], pools: list[_Pool]) -> Iterator[None]:
    """Let the batch norms, and nothing else, be in training mode, and pool what each of them sees."""
    modes = [(part, part.training) for part in network.modules()]
    momenta = [part.momentum for part in norms]
    hooks = []
    network.eval()
    try:
        for part, pool in zip(norms, pools, strict=True):
            part.reset_running_stats()
            part.momentum = 1.0  # the running statistics are then the last batch's own
            part.train()
            hooks.append(part.register_forward_hook(_adding_to(pool)))
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for part, momentum in zip(norms, momenta, strict=True):
            part.momentum = momentum
        for module, mode in modes:
            module.training = mode


def _adding_to(pool: _Pool) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    """Return a forward hook that adds the statistics of a batch norm's last batch."""

    def add(part: nn.Module, inputs: tuple[Tensor, ...], _output: Tensor) -> None:
        if isinstance(part, BatchNorm) and part.running_mean is not None and part.running_var is not None:
            pool.add(inputs[0].numel() // inputs[0].shape[1], part.running_mean, part.running_var)

    return add
