"""Follow the class centroids from batch to batch (partial momentum, section 4.4)."""

from typing import NamedTuple

import torch
from torch import Tensor

from pipeline.training.losses.class_means import ClassMeans


class Centroids(NamedTuple):
    """Hold the centroids and which classes have one."""

    values: Tensor
    """(C, d)."""
    seen: Tensor
    """(C,) bool."""


def move_centroids(old: Centroids, batch: ClassMeans, momentum: float) -> Centroids:
    """Compute m ← γ·m_old + (1 − γ)·batch mean for the present classes (section 4.4).

    m_old is a constant, so the gradient reaches the batch mean with the factor 1 − γ (Proposition 4.1). A class
    that is seen for the first time takes the batch mean; an absent class keeps its centroid.

    Args:
        old: The centroids after the last batch.
        batch: The class means of this batch, from clean features only.
        momentum: γ in [0, 1).
    """
    past = old.values.detach().to(batch.means.dtype)
    # The share of the batch mean: 1 at first sight, 0 without samples; `lerp` is exact at both ends.
    share = (1 - momentum * old.seen.to(past.dtype)) * batch.present
    return Centroids(torch.lerp(past, batch.means, share[:, None]), old.seen | batch.present)
