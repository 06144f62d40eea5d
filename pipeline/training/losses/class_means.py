"""Compute class means of a batch, and averages over the classes that are present in it."""

from typing import NamedTuple

import torch
from torch import Tensor


class ClassMeans(NamedTuple):
    """Hold a batch's class means."""

    means: Tensor
    """(C, d); zeros for an absent class."""
    counts: Tensor
    """(C,) number of samples, as the features' float type."""
    present: Tensor
    """(C,) bool."""


def class_means(features: Tensor, labels: Tensor, num_classes: int) -> ClassMeans:
    """Average features by class (4.4, the naive centroid).

    A product with the one-hot matrix: no loop over classes, no atomic adds, no synchronisation with the host.

    Args:
        features: (B, d).
        labels: (B,) int64 class indices.
        num_classes: C.
    """
    members = labels[:, None] == torch.arange(num_classes, device=labels.device)
    counts = members.sum(dim=0).to(features.dtype)
    shares = members.to(features.dtype) / counts.clamp(min=1)
    return ClassMeans(means=shares.T @ features, counts=counts, present=counts > 0)


def mean_over_present(values: Tensor, present: Tensor) -> Tensor:
    """Average (C,) values over the present classes; 0 where none is present."""
    weights = present.to(values.dtype)
    return (values * weights).sum() / weights.sum().clamp(min=1)


def mean_within_then_over_classes(values: Tensor, labels: Tensor, counts: Tensor) -> Tensor:
    """Average (B,) values within each class, then over the present classes (the outer sums of Eqs. 8 and 12)."""
    present = (counts > 0).to(values.dtype).sum().clamp(min=1)
    return (values / counts[labels]).sum() / present
