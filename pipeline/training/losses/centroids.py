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

    def detached(self) -> "Centroids":
        """Return the centroids as constants for the next batch."""
        return Centroids(self.values.detach().clone(), self.seen)


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
    blended = momentum * past + (1 - momentum) * batch.means
    current = torch.where(old.seen[:, None], blended, batch.means)
    return Centroids(torch.where(batch.present[:, None], current, past), old.seen | batch.present)
