"""Compute as the int8 graph will, in floating point and with gradients (straight-through, Jacob et al., 2018)."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

_WEIGHT_LIMIT = 127


class Code(NamedTuple):
    """Say how a tensor becomes 8-bit numbers: x ≈ scale · (q − zero_point), q from low to high."""

    scale: float
    zero_point: int
    low: int
    high: int


class LayerCode(NamedTuple):
    """Say how a layer's input is coded, and its output where the graph codes that too."""

    given: Code
    result: Code | None = None


class _RoundedWeight(nn.Module):
    """Round a weight to int8 with a scale per output channel, the largest magnitude / 127."""

    def forward(self, weight: Tensor) -> Tensor:
        """Return what the int8 weight stands for; the gradient passes through."""
        largest = weight.detach().abs().flatten(1).amax(dim=1)
        scales = torch.clamp(largest / _WEIGHT_LIMIT, min=torch.finfo(torch.float32).tiny)
        zeros = torch.zeros_like(scales, dtype=torch.int32)
        return torch.fake_quantize_per_channel_affine(weight, scales, zeros, 0, -_WEIGHT_LIMIT, _WEIGHT_LIMIT)


@contextmanager
def fake_quantized(network: nn.Module, codes: Mapping[str, LayerCode]) -> Iterator[None]:
    """Make layers compute with 8-bit weights and inputs for a while.

    Gradients pass through the rounding and stop where a value is cut off; the weights that an optimiser sees stay the
    floating-point ones.

    Args:
        network: Holds the layers; each has a `weight` whose first axis counts output channels.
        codes: Layers by their dotted name, and how what they read and write is coded.

    Raises:
        AttributeError: The network has no such layer.
    """
    with ExitStack() as stack:
        for name, code in codes.items():
            layer = network.get_submodule(name)
            parametrize.register_parametrization(layer, "weight", _RoundedWeight())
            stack.callback(parametrize.remove_parametrizations, layer, "weight", leave_parametrized=False)
            stack.callback(layer.register_forward_pre_hook(_Given(code.given)).remove)
            if code.result is not None:
                stack.callback(layer.register_forward_hook(_Result(code.result)).remove)
        yield


class _Given:
    """Code what a layer reads; a hook before it."""

    def __init__(self, code: Code) -> None:
        self._code = code

    def __call__(self, _layer: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return the input as 8-bit numbers would give it back."""
        return (_coded(given[0], self._code), *given[1:])


class _Result:
    """Code what a layer writes; a hook behind it."""

    def __init__(self, code: Code) -> None:
        self._code = code

    def __call__(self, _layer: nn.Module, _given: tuple[Tensor, ...], result: Tensor) -> Tensor:
        """Return the output as 8-bit numbers would give it back."""
        return _coded(result, self._code)


def _coded(values: Tensor, code: Code) -> Tensor:
    """Return values as 8-bit numbers would give them back."""
    return torch.fake_quantize_per_tensor_affine(values, code.scale, code.zero_point, code.low, code.high)
