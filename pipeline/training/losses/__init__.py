"""Compute the training losses: pure functions for the terms, a thin module for the state."""

from pipeline.training.losses.discriminative import DiscriminativeLoss, DiscriminativeTerms, discriminative_loss

__all__ = ["DiscriminativeLoss", "DiscriminativeTerms", "discriminative_loss"]
