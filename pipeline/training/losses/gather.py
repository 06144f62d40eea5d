"""Gather a batch from all ranks, with gradient, so that N ranks compute the loss that one would."""

from collections.abc import Callable

import torch
from torch import Tensor, distributed
from torch.autograd import Function
from torch.autograd.function import FunctionCtx, once_differentiable


class _Gather(Function):
    """Concatenate forth; back, sum the ranks' gradients and keep the own part (all back ends can do both)."""

    @staticmethod
    def forward(ctx: FunctionCtx, tensor: Tensor) -> Tensor:  # noqa: ARG004
        """Concatenate in rank order: (B/N, ...) to (B, ...)."""
        whole = tensor.new_empty((distributed.get_world_size() * len(tensor), *tensor.shape[1:]))
        distributed.all_gather_into_tensor(whole, tensor.contiguous())
        return whole

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> Tensor:  # noqa: ARG004
        """Sum over ranks: (B, ...) to (B/N, ...)."""
        total = gradient.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        return total.chunk(distributed.get_world_size())[distributed.get_rank()]


_gather: Callable[[Tensor], Tensor] = _Gather.apply


def gather(tensor: Tensor) -> Tensor:
    """Concatenate a tensor of all ranks along dimension 0, in rank order; without several ranks, return it as it is.

    Every rank then computes the same loss L of the global batch. Backward sums the ranks' gradients, which are N
    equal ones: a rank's features get N·∂L/∂q, and its parameters N·Σ_own ∂L/∂q·∂q/∂θ. DistributedDataParallel
    averages those over ranks, so the N cancels and ∂L/∂θ of one rank with the whole batch remains. Parameters that L
    uses directly, such as the last layer's, get ∂L/∂W on every rank, and averaging leaves that alone.

    Every rank must call it, with the same shape. It can be differentiated once; integers get no gradient.

    Args:
        tensor: (B/N, ...), a rank's share of the batch.

    Returns:
        (B, ...).
    """
    if not (distributed.is_available() and distributed.is_initialized()) or distributed.get_world_size() == 1:
        return tensor
    return _gather(tensor)
