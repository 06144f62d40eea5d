"""Wrap a trained network so that it takes the camera's picture as it is."""

from typing import NamedTuple

import torch
from torch import nn

from data_tools.images.preprocessing import PreprocessingSpec
from pipeline.training.networks.roadnet import RoadNet


class DeployedOutputs(NamedTuple):
    """Hold what a deployed graph gives, in the graph's order."""

    logits: torch.Tensor
    """(B, C)."""
    probabilities: torch.Tensor
    """(B, C), softmax of the logits; a temperature is the runtime's business."""
    feature: torch.Tensor
    """(B, d), q."""
    centroid_distance: torch.Tensor
    """(B, C), ‖q − m_c‖."""


class SpatialMean(nn.Module):
    """Average over height and width; stands in for adaptive pooling, which the exporter unrolls into gathers."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (B, C, H, W) to (B, C, 1, 1)."""
        return x.mean((2, 3), keepdim=True)


class DeployedNet(nn.Module):
    """Take (B, H, W, 3) uint8 in the spec's channel order, normalise, classify, and measure the distance to each class.

    The network is changed in place: adaptive pooling to one pixel becomes `SpatialMean`, which computes the same, and
    for BGR the input channels of the first convolution change places, so that the order costs nothing at run time.
    """

    mean: torch.Tensor
    std: torch.Tensor
    centroids: torch.Tensor

    def __init__(self, network: RoadNet, spec: PreprocessingSpec, centroids: torch.Tensor) -> None:
        """Wrap a network.

        Args:
            network: In RGB order, as trained.
            spec: Normalisation and channel order.
            centroids: (C, d), a feature centre a class.
        """
        super().__init__()
        replace_adaptive_pooling(network)
        mean, std = list(spec.normalization.mean), list(spec.normalization.std)
        if spec.color == "bgr":
            swap_first_channels(network)
            mean, std = mean[::-1], std[::-1]
        self.network = network
        # On the 0..255 scale: (x - 255·mean) / (255·std) is one subtraction and one division.
        self.register_buffer("mean", 255 * torch.tensor(mean).reshape(1, 3, 1, 1))
        self.register_buffer("std", 255 * torch.tensor(std).reshape(1, 3, 1, 1))
        self.register_buffer("centroids", centroids.detach().clone().float())

    def forward(self, image: torch.Tensor) -> DeployedOutputs:
        """Classify a batch of pictures."""
        # TensorRT takes uint8 only into a Cast, and ONNX Runtime is as fast in this order.
        x = image.to(torch.float32).permute(0, 3, 1, 2)
        feature, logits = self.network((x - self.mean) / self.std)
        distance = torch.linalg.vector_norm(feature.unsqueeze(1) - self.centroids, dim=2)
        return DeployedOutputs(logits, torch.softmax(logits, dim=1), feature, distance)


def replace_adaptive_pooling(module: nn.Module) -> None:
    """Replace every adaptive average pooling to one pixel, in place."""
    for name, child in module.named_children():
        if isinstance(child, nn.AdaptiveAvgPool2d) and child.output_size in (1, (1, 1)):
            setattr(module, name, SpatialMean())
        else:
            replace_adaptive_pooling(child)


def swap_first_channels(network: nn.Module) -> None:
    """Make a network that takes RGB take BGR, in place: its first convolution reads the channels the other way round.

    Raises:
        ValueError: The first convolution does not read three channels.
    """
    first = next((module for module in network.modules() if isinstance(module, nn.Conv2d)), None)
    if first is None or first.in_channels != 3 or first.groups != 1:
        raise ValueError("expected a network whose first convolution reads three channels")
    with torch.no_grad():
        first.weight.copy_(first.weight.flip(1))
