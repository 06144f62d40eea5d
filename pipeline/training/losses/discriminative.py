"""Put the discriminative loss together (Eqs. 7-13) and keep its centroids."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pipeline.training.losses.centroids import Centroids, move_centroids
from pipeline.training.losses.class_means import class_means
from pipeline.training.losses.compactness import compactness
from pipeline.training.losses.gather import gather
from pipeline.training.losses.margin import margin_loss
from pipeline.training.losses.norms import safe_norm


@dataclass(frozen=True)
class DiscriminativeWeights:
    """Hold the loss's constants under their names in the paper."""

    delta_v: float = 0.5
    delta_d: float = 3.0
    alpha: float = 1.0
    beta: float = 1.0
    gamma_reg: float = 1e-3
    lambda_noisy: float = 1.0
    momentum: float = 0.9


@dataclass(frozen=True)
class DiscriminativeTerms:
    """Hold the unweighted terms, and their weighted sum (without cross-entropy); all are scalars."""

    compact: Tensor
    margin: Tensor
    reg: Tensor
    noisy: Tensor
    total: Tensor


def discriminative_loss(
    clean: Tensor,
    noisy: Tensor,
    labels: Tensor,
    head: tuple[Tensor, Tensor],
    *,
    old: Centroids,
    weights: DiscriminativeWeights,
) -> tuple[DiscriminativeTerms, Centroids]:
    """Compute L = α·compact + β·margin + γ_reg·reg + λ·noisy (Eqs. 7 and 13) and the new centroids.

    compact, noisy and reg use the momentum centroid, margin uses the batch mean: through the momentum centroid
    its gradient would shrink by 1 − γ (Proposition 4.1). Computed in float32 or better, also under autocast.

    Args:
        clean: (B, d) features of the clean pictures.
        noisy: (B, d) features of the same pictures with noise.
        labels: (B,) int64.
        head: The last layer's weight (C, d) and bias (C,).
        old: The centroids after the last batch.
        weights: The constants.
    """
    with torch.autocast(clean.device.type, enabled=False):
        at_least = torch.promote_types(clean.dtype, torch.float32)
        clean, noisy, weight, bias = (tensor.to(at_least) for tensor in (clean, noisy, *head))
        batch = class_means(clean, labels, len(weight))
        centroids = move_centroids(old, batch, weights.momentum)
        views = torch.stack([clean, noisy])
        compact, pulled = compactness(views, centroids.values[labels], batch.sample_weights, weights.delta_v).unbind()
        margin = margin_loss(batch.means, batch.class_weights, weight, bias, weights.delta_d)
        reg = safe_norm(centroids.values) @ batch.class_weights
        total = (
            weights.alpha * compact + weights.beta * margin + weights.gamma_reg * reg + weights.lambda_noisy * pulled
        )
    return DiscriminativeTerms(compact=compact, margin=margin, reg=reg, noisy=pulled, total=total), centroids


class DiscriminativeLoss(nn.Module):
    """Compute `discriminative_loss` and keep the centroids as buffers between batches."""

    centroids: Tensor
    seen: Tensor

    def __init__(
        self,
        num_classes: int,
        feature_dim: int,
        *,
        delta_v: float = 0.5,
        delta_d: float = 3.0,
        alpha: float = 1.0,
        beta: float = 1.0,
        gamma_reg: float = 1e-3,
        lambda_noisy: float = 1.0,
        momentum: float = 0.9,
    ) -> None:
        """Start without centroids.

        Args:
            num_classes: C, at least 2.
            feature_dim: d.
            delta_v: Radius of a class, feature units.
            delta_d: Wanted distance of a class mean to its boundaries, feature units.
            alpha: Weight of compact.
            beta: Weight of margin.
            gamma_reg: Weight of reg.
            lambda_noisy: Weight of noisy.
            momentum: γ in [0, 1).

        Raises:
            ValueError: Fewer than two classes, or a momentum outside [0, 1).
        """
        super().__init__()
        if num_classes < 2 or not 0 <= momentum < 1:
            raise ValueError(f"expected 2 or more classes and 0 <= momentum < 1, got {num_classes} and {momentum}")
        self.weights = DiscriminativeWeights(delta_v, delta_d, alpha, beta, gamma_reg, lambda_noisy, momentum)
        self.register_buffer("centroids", torch.zeros(num_classes, feature_dim))
        self.register_buffer("seen", torch.zeros(num_classes, dtype=torch.bool))

    def forward(self, clean: Tensor, noisy: Tensor, labels: Tensor, head: nn.Linear) -> DiscriminativeTerms:
        """Compute the terms of one batch.

        In training mode the batch is the global one, of all ranks, and the centroids move; otherwise a rank stays by
        itself and nothing moves.

        Args:
            clean: (B, d) features of the clean pictures, under data-parallel training this rank's (B/N, d).
            noisy: (B, d) features of the same pictures with noise.
            labels: (B,) int64.
            head: The last linear layer, with a bias.
        """
        if self.training:
            clean, noisy, labels = gather(clean), gather(noisy), gather(labels)
        # The graph keeps which classes were seen; the buffer itself changes below, before the backward pass.
        old = Centroids(self.centroids, self.seen.clone())
        terms, new = discriminative_loss(clean, noisy, labels, (head.weight, head.bias), old=old, weights=self.weights)
        if self.training:
            # In place: DistributedDataParallel and others hold on to the buffers they were given.
            self.centroids.copy_(new.values.detach())
            self.seen.copy_(new.seen)
        return terms
