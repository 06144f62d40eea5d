"""Compute the training losses: pure functions for the terms, thin modules for the state."""

from pipeline.training.losses.center import CenterLoss, center_loss, moved_centers
from pipeline.training.losses.discriminative import (
    DiscriminativeLoss,
    DiscriminativeTerms,
    DiscriminativeWeights,
    discriminative_loss,
)
from pipeline.training.losses.gather import gather
from pipeline.training.losses.max_mahalanobis import (
    hierarchical_centers,
    max_mahalanobis_centers,
    max_mahalanobis_loss,
    nearest_center_logits,
    spring_energy,
)
from pipeline.training.losses.stability import stability_loss

__all__ = [
    "CenterLoss",
    "DiscriminativeLoss",
    "DiscriminativeTerms",
    "DiscriminativeWeights",
    "center_loss",
    "discriminative_loss",
    "gather",
    "hierarchical_centers",
    "max_mahalanobis_centers",
    "max_mahalanobis_loss",
    "moved_centers",
    "nearest_center_logits",
    "spring_energy",
    "stability_loss",
]
