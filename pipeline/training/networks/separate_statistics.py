"""Keep a second set of batch-norm statistics, for the noisy view (as Xie et al., 2020, do for attacked pictures)."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from pipeline.training.networks.statistics import BatchNorm, batch_norms, statistics_of


class SeparateStatistics(nn.Module):
    """Hold running statistics beside the network's own, and swap them in for a pass.

    The two sets change places as tensors, so nothing is copied and a backward pass over both views finds what its
    forward pass saw. The buffers are named after the network's modules, with a slash for every dot.
    """

    def __init__(self, network: nn.Module) -> None:
        """Start from copies of the network's statistics.

        Args:
            network: The network whose passes will be swapped; it is not kept.
        """
        super().__init__()
        for name, part in batch_norms(network):
            for buffer, value in statistics_of(part).items():
                self.register_buffer(_key(name, buffer), value.detach().clone())

    @contextmanager
    def swapped_in(self, network: nn.Module) -> Iterator[None]:
        """Let a network use and update these statistics instead of its own, until the block ends or fails.

        Args:
            network: The one this was made for, or its twin.
        """
        parts = list(batch_norms(network))
        self._swap(parts)
        try:
            yield
        finally:
            self._swap(parts)

    def _swap(self, parts: list[tuple[str, BatchNorm]]) -> None:
        """Exchange the two sets."""
        for name, part in parts:
            for buffer, value in statistics_of(part).items():
                key = _key(name, buffer)
                setattr(part, buffer, self.get_buffer(key))
                setattr(self, key, value)


def _key(name: str, buffer: str) -> str:
    """Return the name of one of our buffers; torch allows no dot in it."""
    return f"{name}.{buffer}".replace(".", "/")
