"""Push class means away from the decision boundaries (Eqs. 9 and 10)."""

import math

import torch
from torch import Tensor

from pipeline.training.losses.norms import pairwise_distances

COINCIDENT_NORM = 1e-12
"""At or below this ‖W_c − W_i‖ there is no boundary between two classes, and the signed distance counts as 0."""


def signed_distances(means: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Compute the signed distance of every class mean to every boundary of its class (Eq. 10).

    As z_c − z_i = ⟨W_c − W_i, m_c⟩ + b_c − b_i is the number inside Eq. 10's absolute value,
    d(m_c, P_ci)·sign(z_c − z_i) = (z_c − z_i) / ‖W_c − W_i‖.

    Args:
        means: (C, d).
        weight: (C, d) of the last linear layer.
        bias: (C,).

    Returns:
        (C, C); entry (c, i) is positive where the mean of c is on the right side of P_ci. The diagonal, and
        pairs with equal weight rows, are 0 without gradient.
    """
    logits = torch.addmm(bias, means, weight.T)
    lead = logits.diagonal()[:, None] - logits
    norms = pairwise_distances(weight)
    # Dividing by infinity gives 0, and 0 as gradient of both numbers.
    return lead / norms.masked_fill(norms <= COINCIDENT_NORM, math.inf)


def margin_loss(means: Tensor, class_weights: Tensor, weight: Tensor, bias: Tensor, delta_d: float) -> Tensor:
    """Compute the mean over present classes of max over i ≠ c of max(0, δ_d − signed distance) (Eq. 9).

    Args:
        means: (C, d) batch means.
        class_weights: (C,) 1/P for the P present classes, else 0 (`ClassMeans`).
        weight: (C, d) of the last linear layer.
        bias: (C,).
        delta_d: Wanted distance, feature units.
    """
    own = torch.eye(len(means), dtype=torch.bool, device=means.device)
    nearest = signed_distances(means, weight, bias).masked_fill(own, math.inf).amin(dim=1)
    return (delta_d - nearest).clamp(min=0) @ class_weights
