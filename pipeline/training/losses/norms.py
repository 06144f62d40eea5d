"""Compute Euclidean norms whose gradient at 0 is 0 instead of NaN."""

import torch
from torch import Tensor


def safe_norm(vectors: Tensor) -> Tensor:
    """Compute ‖v‖ over the last dimension.

    The norm has no gradient at 0; here it is 0 there, the smallest subgradient. The inner `where` keeps the
    square root's infinite slope out of the backward pass.

    Args:
        vectors: (..., d).

    Returns:
        (...), exact (no epsilon is added).
    """
    squared = vectors.square().sum(dim=-1)
    positive = squared > 0
    root = torch.where(positive, squared, torch.ones_like(squared)).sqrt()
    return torch.where(positive, root, torch.zeros_like(root))
