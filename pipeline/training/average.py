"""Keep an exponential moving average of a network's weights."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from pipeline.training.networks import RoadNet


class WeightAverage(AveragedModel):
    """Follow a network: w̄ ← δ·w̄ + (1 − δ)·w with δ = min(decay, (1 + t) / (10 + t)) after optimiser step t.

    After step 0 the weights are copied. The growing δ lets a short training forget its start (as TensorFlow's
    ExponentialMovingAverage does). Batch norm's statistics are averaged too.
    """

    module: RoadNet

    def __init__(self, network: RoadNet, decay: float) -> None:
        """Start from a copy of the network, which gets no gradients.

        Args:
            network: What is trained.
            decay: The highest δ, in (0, 1).
        """
        super().__init__(network, multi_avg_fn=self._average, use_buffers=True)
        self._decay = decay
        self._step = 0
        self.requires_grad_(False)

    def follow(self, network: RoadNet, step: int) -> None:
        """Take the weights after an optimiser step in.

        Args:
            network: What is trained.
            step: 0-based number of the optimiser step over the whole training.
        """
        self._step = step
        self.update_parameters(network)

    def _average(self, averaged: Sequence[Tensor], current: Sequence[Tensor], count: Tensor | int) -> None:  # noqa: ARG002
        """Move the averages towards the current values; counters are copied."""
        if not averaged[0].is_floating_point():
            torch._foreach_copy_(list(averaged), list(current))
            return
        delta = min(self._decay, (1 + self._step) / (10 + self._step))
        torch._foreach_lerp_(list(averaged), list(current), 1 - delta)
