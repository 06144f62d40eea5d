"""Compute Euclidean norms and distances whose gradient at 0 is 0 instead of NaN."""

import torch
from torch import Tensor
from torch.nn import functional


def safe_norm(vectors: Tensor) -> Tensor:
    """Compute ‖v‖ over the last dimension.

    The norm has no gradient at 0; `vector_norm`'s is 0 there, the smallest subgradient, and a test holds it to that.

    Args:
        vectors: (..., d).

    Returns:
        (...), exact (no epsilon is added).
    """
    norms: Tensor = torch.linalg.vector_norm(vectors, dim=-1)
    return norms


def pairwise_distances(rows: Tensor) -> Tensor:
    """Compute ‖r_i − r_j‖ for all pairs.

    From the differences, not from ‖r_i‖² + ‖r_j‖² − 2⟨r_i, r_j⟩, which cancels for nearly equal rows; and each pair
    once and without a (C, C, d) tensor, which makes it many times faster than a norm over broadcast differences. It
    can be differentiated once.

    Args:
        rows: (C, d), float32 or float64.

    Returns:
        (C, C), symmetric; 0 without gradient on the diagonal and between equal rows.
    """
    first, second = torch.triu_indices(len(rows), len(rows), offset=1, device=rows.device)
    above = rows.new_zeros(len(rows), len(rows)).index_put((first, second), functional.pdist(rows))
    return above + above.T
