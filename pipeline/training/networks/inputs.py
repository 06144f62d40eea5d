"""Turn 8-bit pictures into a network's input, in torch (numpy's twin: `data_tools.images.preprocessing.normalize`)."""

import torch
from torch import Tensor, nn

from data_tools.images.preprocessing import Normalization


def to_unit_range(pictures: Tensor) -> Tensor:
    """Scale pictures to 0..1.

    Args:
        pictures: (B, H, W, 3) uint8 RGB.

    Returns:
        (B, 3, H, W) float32 in [0, 1]; a contiguous input gives channels-last memory.
    """
    return pictures.permute(0, 3, 1, 2).to(torch.float32) / 255


class Normalize(nn.Module):
    """Compute (x − mean) / std per channel."""

    mean: Tensor
    std: Tensor

    def __init__(self, spec: Normalization) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(spec.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(spec.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """Normalise (B, 3, H, W) pictures in [0, 1]."""
        return (pictures - self.mean) / self.std
