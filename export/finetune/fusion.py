"""Fold batch norm into the convolutions before it, as the exporter does."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights


def fold_batch_norm(network: nn.Module, pictures: Tensor) -> int:
    """Fold every batch norm that reads a convolution's output into that convolution, in place.

    Which one reads which is seen by running the network, so that it does not matter how its layers are nested. The
    batch norms stay where they are and change nothing any more: some also hold an activation.

    Args:
        network: In eval mode; its convolutions keep their names.
        pictures: (B, 3, H, W) that the network takes.

    Returns:
        The number of batch norms folded.

    Raises:
        ValueError: The network is in training mode.
    """
    if network.training:
        raise ValueError("expected a network in eval mode, got one in training mode")
    with torch.no_grad(), _watched(network) as pairs:
        network(pictures)
    for norm, convolution in pairs.items():
        _fold(convolution, norm)
    return len(pairs)


@contextmanager
def _watched(network: nn.Module) -> Iterator[dict[nn.BatchNorm2d, nn.Conv2d]]:
    """Collect, while the network runs, which batch norm reads which convolution's output."""
    made: list[tuple[Tensor, nn.Conv2d]] = []
    pairs: dict[nn.BatchNorm2d, nn.Conv2d] = {}

    def after_convolution(layer: nn.Module, _: tuple[Tensor, ...], result: Tensor) -> None:
        if isinstance(layer, nn.Conv2d):
            made.append((result, layer))

    def before_norm(layer: nn.Module, given: tuple[Tensor, ...]) -> None:
        source = next((convolution for result, convolution in made if result is given[0]), None)
        if isinstance(layer, nn.BatchNorm2d) and source is not None:
            pairs[layer] = source

    with ExitStack() as stack:
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d):
                stack.callback(layer.register_forward_hook(after_convolution).remove)
            elif isinstance(layer, nn.BatchNorm2d):
                stack.callback(layer.register_forward_pre_hook(before_norm).remove)
        yield pairs


def _fold(convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    """Move what a batch norm does into the convolution before it."""
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        raise ValueError("expected a batch norm with running statistics, got one without")
    convolution.weight, convolution.bias = fuse_conv_bn_weights(
        convolution.weight, convolution.bias, mean, variance, norm.eps, norm.weight, norm.bias
    )
    with torch.no_grad():
        mean.zero_()
        variance.fill_(1 - norm.eps)
        if norm.affine:
            norm.weight.fill_(1)
            norm.bias.zero_()
