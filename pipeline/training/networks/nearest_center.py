"""Classify by the nearest centre (the Max-Mahalanobis centre loss, Pang et al., 2020)."""

import torch
from torch import Tensor, nn

from pipeline.training.losses import nearest_center_logits


class NearestCenterHead(nn.Module):
    """Hold a centre a class; the logits are −‖q − μ‖².

    The centres start at random and are not trained: a training method puts them in place, and asks for a gradient
    (`requires_grad_`) where they are to move.
    """

    def __init__(self, num_classes: int, feature_dim: int) -> None:
        super().__init__()
        self.centers = nn.Parameter(torch.randn(num_classes, feature_dim), requires_grad=False)
        """(C, d)."""

    def forward(self, features: Tensor) -> Tensor:
        """Compute logits, in float32 or better whatever the precision of the passes.

        Args:
            features: (B, d).

        Returns:
            (B, C).
        """
        return nearest_center_logits(features, self.centers)
