"""Compute class means of a batch, and averages over the classes that are present in it."""

from typing import NamedTuple

import torch
from torch import Tensor


class ClassMeans(NamedTuple):
    """Hold a batch's class means, and the weights that turn sums into means over classes."""

    means: Tensor
    """(C, d); zeros for an absent class."""
    counts: Tensor
    """(C,) number of samples, as the features' float type."""
    present: Tensor
    """(C,) bool."""
    class_weights: Tensor
    """(C,) 1/P for the P present classes, 0 for an absent one: Σ_c w_c·v_c averages over the present classes."""
    sample_weights: Tensor
    """(B,) 1/(P·n_y): Σ_b w_b·v_b averages within each class, then over the present classes."""


def class_means(features: Tensor, labels: Tensor, num_classes: int) -> ClassMeans:
    """Average features by class (4.4, the naive centroid).

    A product with the one-hot matrix: no loop over classes, no atomic adds, no synchronisation with the host.

    Args:
        features: (B, d).
        labels: (B,) int64 class indices.
        num_classes: C.
    """
    members = (labels[:, None] == torch.arange(num_classes, device=labels.device)).to(features.dtype)
    counts = members.sum(dim=0)
    present = counts > 0
    class_weights = present / present.sum().clamp(min=1).to(features.dtype)
    shares = members / counts.clamp(min=1)
    return ClassMeans(shares.T @ features, counts, present, class_weights, shares @ class_weights)
