"""Wrap a trained network so that it takes the camera's picture as it is."""

import torch
from torch import nn

from data_tools.images.preprocessing import Normalization
from pipeline.training.networks.roadnet import RoadNet


class SpatialMean(nn.Module):
    """Average over height and width; stands in for adaptive pooling, which the exporter unrolls into gathers."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (B, C, H, W) to (B, C, 1, 1)."""
        return x.mean((2, 3), keepdim=True)


class DeployedNet(nn.Module):
    """Take (B, H, W, 3) uint8 RGB, normalise, and give logits and probabilities, each (B, C) float32.

    The network is changed in place: adaptive pooling to one pixel becomes `SpatialMean`, which computes the same.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, network: RoadNet, normalization: Normalization) -> None:
        super().__init__()
        replace_adaptive_pooling(network)
        self.network = network
        # On the 0..255 scale: (x - 255·mean) / (255·std) is one subtraction and one division.
        self.register_buffer("mean", 255 * torch.tensor(normalization.mean).reshape(1, 3, 1, 1))
        self.register_buffer("std", 255 * torch.tensor(normalization.std).reshape(1, 3, 1, 1))

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Classify a batch of pictures."""
        x = image.permute(0, 3, 1, 2).to(torch.float32)
        _, logits = self.network((x - self.mean) / self.std)
        return logits, torch.softmax(logits, dim=1)


def replace_adaptive_pooling(module: nn.Module) -> None:
    """Replace every adaptive average pooling to one pixel, in place."""
    for name, child in module.named_children():
        if isinstance(child, nn.AdaptiveAvgPool2d) and child.output_size in (1, (1, 1)):
            setattr(module, name, SpatialMean())
        else:
            replace_adaptive_pooling(child)
