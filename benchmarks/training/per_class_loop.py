"""Compute the discriminative loss class by class, as published code does: the other side of `loss_speed`."""

import torch
from torch import Tensor

from pipeline.training.losses.discriminative import DiscriminativeWeights


class PerClassLoop:
    """Compute α·compact + β·margin + γ_reg·reg + λ·noisy (Eqs. 7-13) with a Python loop over the classes present.

    Within a class it is written with tensors; only the loop and its index lists differ from `DiscriminativeLoss`.
    """

    def __init__(self, num_classes: int, feature_dim: int, weights: DiscriminativeWeights) -> None:
        """Start without centroids.

        Args:
            num_classes: C.
            feature_dim: d.
            weights: The constants.
        """
        self._weights = weights
        self._centroids = torch.zeros(num_classes, feature_dim)
        self._seen: set[int] = set()

    def __call__(self, clean: Tensor, noisy: Tensor, labels: Tensor, head: tuple[Tensor, Tensor]) -> Tensor:
        """Compute the loss of one batch and move the centroids.

        Args:
            clean: (B, d) features of the clean pictures.
            noisy: (B, d) features of the noisy ones.
            labels: (B,) int64.
            head: Weight (C, d) and bias (C,) of the last layer.
        """
        constants, (weight, bias) = self._weights, head
        self._centroids = self._centroids.to(clean.device)
        total = clean.new_zeros(())
        present = sorted(set(labels.tolist()))
        for label in present:
            rows = torch.where(labels == label)[0]
            own = clean[rows]
            mean = own.mean(dim=0)
            centroid = mean
            if label in self._seen:
                centroid = constants.momentum * self._centroids[label] + (1 - constants.momentum) * mean
            compact = _pull(own, centroid, constants.delta_v)
            pulled = _pull(noisy[rows], centroid, constants.delta_v)
            margin = _push(mean, label, weight, bias, constants.delta_d)
            total = (
                total
                + constants.alpha * compact
                + constants.beta * margin
                + constants.gamma_reg * torch.linalg.vector_norm(centroid)
                + constants.lambda_noisy * pulled
            )
            self._centroids[label] = centroid.detach()
            self._seen.add(label)
        return total / len(present)


def _pull(features: Tensor, centroid: Tensor, delta_v: float) -> Tensor:
    """Average max(0, ‖m_c − q‖ − δ_v)² over one class's features (Eqs. 8 and 12)."""
    distances: Tensor = torch.linalg.vector_norm(centroid - features, dim=1)
    return (distances - delta_v).clamp(min=0).square().mean()


def _push(mean: Tensor, label: int, weight: Tensor, bias: Tensor, delta_d: float) -> Tensor:
    """Take the largest max(0, δ_d − signed distance to P_ci) over the other classes i (Eqs. 9 and 10)."""
    others = torch.where(torch.arange(len(weight), device=weight.device) != label)[0]
    differences = weight[label] - weight[others]
    lengths: Tensor = torch.linalg.vector_norm(differences, dim=1)
    distances = (differences @ mean + bias[label] - bias[others]) / lengths
    return (delta_d - distances).clamp(min=0).max()
