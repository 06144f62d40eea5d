"""Push class means away from the decision boundaries (Eqs. 9 and 10)."""

import torch
from torch import Tensor

from pipeline.training.losses.class_means import mean_over_present
from pipeline.training.losses.norms import safe_norm

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
    logits = means @ weight.T + bias
    lead = logits.diagonal()[:, None] - logits
    norms = safe_norm(weight[:, None] - weight[None])
    apart = norms > COINCIDENT_NORM
    quotient = torch.where(apart, lead, torch.zeros_like(lead)) / torch.where(apart, norms, torch.ones_like(norms))
    return torch.where(apart, quotient, torch.zeros_like(quotient))


def margin_loss(means: Tensor, present: Tensor, weight: Tensor, bias: Tensor, delta_d: float) -> Tensor:
    """Compute the mean over present classes of max over i ≠ c of max(0, δ_d − signed distance) (Eq. 9).

    Args:
        means: (C, d) batch means.
        present: (C,) bool.
        weight: (C, d) of the last linear layer.
        bias: (C,).
        delta_d: Wanted distance, feature units.
    """
    hinge = (delta_d - signed_distances(means, weight, bias)).clamp(min=0)
    own = torch.eye(len(means), dtype=torch.bool, device=means.device)
    return mean_over_present(hinge.masked_fill(own, 0).amax(dim=1), present)
