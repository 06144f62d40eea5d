"""Pull features to learned class centres (centre loss; Wen et al., 2016)."""

import torch
from torch import Tensor, nn

from pipeline.training.losses.class_means import class_means
from pipeline.training.losses.gather import gather


def center_loss(features: Tensor, labels: Tensor, centers: Tensor) -> Tensor:
    """Compute the mean over the batch of ½‖q − c_y‖² (Wen et al.'s Eq. 2, with a mean), in float32 or better.

    Args:
        features: (B, d).
        labels: (B,) int64.
        centers: (C, d), constants.

    Returns:
        A scalar.
    """
    with torch.autocast(features.device.type, enabled=False):
        at_least = torch.promote_types(features.dtype, torch.float32)
        shift = features.to(at_least) - centers.detach().to(at_least)[labels]
        return 0.5 * shift.square().sum(dim=1).mean()


def moved_centers(centers: Tensor, features: Tensor, labels: Tensor, rate: float) -> Tensor:
    """Compute c_j − α·Σ_{y=j} (c_j − q) / (1 + n_j), n_j being the class's samples (Wen et al.'s Eq. 4).

    The 1 in the denominator leaves an absent class where it is, and lets a rare one move less.

    Args:
        centers: (C, d).
        features: (B, d).
        labels: (B,) int64.
        rate: α.

    Returns:
        (C, d), a constant in the centres' type.
    """
    with torch.no_grad(), torch.autocast(features.device.type, enabled=False):
        at_least = torch.promote_types(features.dtype, torch.float32)
        batch = class_means(features.to(at_least), labels, len(centers))
        now = centers.to(at_least)
        share = batch.counts / (1 + batch.counts)
        return (now - rate * share[:, None] * (now - batch.means)).to(centers.dtype)


class CenterLoss(nn.Module):
    """Compute `center_loss` and keep the centres as a buffer between batches."""

    centers: Tensor

    def __init__(self, num_classes: int, feature_dim: int, center_rate: float = 0.5) -> None:
        """Start with all centres at the origin.

        Args:
            num_classes: C.
            feature_dim: d.
            center_rate: α in (0, 1], how fast the centres follow.

        Raises:
            ValueError: α is outside (0, 1].
        """
        super().__init__()
        if not 0 < center_rate <= 1:
            raise ValueError(f"expected 0 < center_rate <= 1, got {center_rate}")
        self.center_rate = center_rate
        self.register_buffer("centers", torch.zeros(num_classes, feature_dim))

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss of one batch.

        In training mode the batch is the global one, of all ranks, and afterwards the centres move; otherwise a rank
        stays by itself and nothing moves.

        Args:
            features: (B, d), under data-parallel training this rank's (B/N, d).
            labels: (B,) int64.
        """
        if not self.training:
            return center_loss(features, labels, self.centers)
        features, labels = gather(features), gather(labels)
        loss = center_loss(features, labels, self.centers)
        self.centers.copy_(moved_centers(self.centers, features, labels, self.center_rate))
        return loss
