"""Train towards preset class centres that are as far apart as possible (MMC loss; Pang et al., 2020)."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def max_mahalanobis_centers(num_classes: int, feature_dim: int, radius: float) -> Tensor:
    """Compute C vectors of norm C_MM whose pairwise cosine is −1/(C − 1), the smallest that all pairs can have.

    Pang et al.'s generation algorithm: centre i differs from 0 in its first i coordinates alone; coordinates below i
    give it the wanted product with the centres before it, and coordinate i its unit norm.

    Args:
        num_classes: C, at least 2.
        feature_dim: d, at least C − 1.
        radius: C_MM, above 0.

    Returns:
        (C, d) float32; coordinates from C − 1 on are 0.

    Raises:
        ValueError: There are too few classes or dimensions, or the radius is not above 0.
    """
    if num_classes < 2 or not radius > 0:
        raise ValueError(f"expected 2 or more classes and a radius above 0, got {num_classes} and {radius}")
    if feature_dim < num_classes - 1:
        raise ValueError(
            f"expected {num_classes - 1} or more feature dimensions for {num_classes} classes, got {feature_dim}"
        )
    cosine = -1 / (num_classes - 1)
    centers = torch.zeros(num_classes, feature_dim, dtype=torch.float64)
    centers[0, 0] = 1
    for i in range(1, num_classes):
        for j in range(i):
            centers[i, j] = (cosine - centers[i] @ centers[j]) / centers[j, j]
        if i < num_classes - 1:  # the last centre lies in the span of the others
            centers[i, i] = math.sqrt(1 - float(centers[i] @ centers[i]))
    return (radius * centers).float()


def hierarchical_centers(
    groups: Sequence[Sequence[int]], feature_dim: int, radius: float, inner_radius: float
) -> Tensor:
    """Compute centres in two levels: a class's is its group's centre plus its offset within the group.

    Group centres are Max-Mahalanobis centres of norm `radius`, and so are a group's offsets, of norm `inner_radius`.
    Offsets live in coordinates that the group centres leave at 0, so the levels are orthogonal. The class of a group
    of one sits on its group's centre.

    Args:
        groups: Class indices by group, two groups or more; every index of 0..C − 1 once.
        feature_dim: d, at least (groups − 1) + (classes in the largest group − 1).
        radius: Distance of the group centres from the origin.
        inner_radius: Distance of a class centre from its group's.

    Returns:
        (C, d) float32.

    Raises:
        ValueError: The groups are no partition of 0..C − 1 into two groups or more, there are too few dimensions, or
            a radius is not above 0.
    """
    members = sorted(index for group in groups for index in group)
    if len(groups) < 2 or not all(groups) or members != list(range(len(members))):
        got = [list(group) for group in groups]
        raise ValueError(f"expected two or more groups, none empty, with every class index from 0 once, got {got}")
    if not inner_radius > 0:
        raise ValueError(f"expected an inner radius above 0, got {inner_radius}")
    outer = len(groups) - 1
    inner = max(map(len, groups)) - 1
    if feature_dim < outer + inner:
        raise ValueError(f"expected {outer + inner} or more feature dimensions for these groups, got {feature_dim}")
    group_centers = max_mahalanobis_centers(len(groups), outer, radius)
    centers = torch.zeros(len(members), feature_dim)
    for group, center in zip(groups, group_centers, strict=True):
        centers[list(group), :outer] = center
        if len(group) > 1:
            centers[list(group), outer : outer + inner] = max_mahalanobis_centers(len(group), inner, inner_radius)
    return centers


def nearest_center_logits(features: Tensor, centers: Tensor) -> Tensor:
    """Compute the logits −‖q − μ_c‖², of which the largest belongs to the nearest centre.

    From the differences, not from ‖q‖² + ‖μ_c‖² − 2⟨q, μ_c⟩, which cancels near a centre; also under autocast.

    Args:
        features: (B, d).
        centers: (C, d).

    Returns:
        (B, C), float32 or better.
    """
    with torch.autocast(features.device.type, enabled=False):
        at_least = torch.promote_types(features.dtype, torch.float32)
        shift = features.to(at_least)[:, None] - centers.to(at_least)
        return -shift.square().sum(dim=2)


def max_mahalanobis_loss(features: Tensor, labels: Tensor, centers: Tensor, weights: Tensor | None = None) -> Tensor:
    """Compute the mean over the batch of ½‖q − μ_y‖², in float32 or better.

    Args:
        features: (B, d).
        labels: (B,) int64.
        centers: (C, d).
        weights: (C,) class weights w: the mean over the samples of w_y·½‖q − μ_y‖²; None weighs all alike.

    Returns:
        A scalar.
    """
    with torch.autocast(features.device.type, enabled=False):
        at_least = torch.promote_types(features.dtype, torch.float32)
        losses = 0.5 * (features.to(at_least) - centers.to(at_least)[labels]).square().sum(dim=1)
        return (losses if weights is None else losses * weights.to(at_least)[labels]).mean()


def spring_energy(centers: Tensor, preset: Tensor) -> Tensor:
    """Compute ½·mean over classes of ‖μ_c − μ*_c‖²: what it takes to pull elastic centres from their place.

    Pang et al. name elastic centres (EMC) as a variant and give no formula: the springs that hold every centre to
    its preset place are this project's reading of the name.

    Args:
        centers: (C, d) that learn, μ.
        preset: (C, d) constants, μ*.

    Returns:
        A scalar, float32 or better.
    """
    with torch.autocast(centers.device.type, enabled=False):
        at_least = torch.promote_types(centers.dtype, torch.float32)
        return 0.5 * (centers.to(at_least) - preset.detach().to(at_least)).square().sum(dim=1).mean()
