"""Train with cross-entropy and the discriminative loss (the paper, section 4)."""

from torch import Tensor, nn
from torch.nn import functional

from pipeline.training.config import RobustConfig
from pipeline.training.losses import DiscriminativeLoss
from pipeline.training.methods.registry import LossTerms, register
from pipeline.training.networks.roadnet import Output


@register("robust", RobustConfig)
class RobustMethod(nn.Module):
    """Minimise cross-entropy on the clean view plus α·compact + β·margin + γ_reg·reg + λ·noisy (Eqs. 7-13).

    Both views go through the network in training mode, so batch norm's running statistics are those of clean and
    noisy pictures together: a little clean accuracy for much noisy accuracy.
    """

    def __init__(self, config: RobustConfig, num_classes: int, feature_dim: int) -> None:
        super().__init__()
        self.noise_sigma: float | None = config.sigma
        self.discriminative = DiscriminativeLoss(
            num_classes,
            feature_dim,
            delta_v=config.delta_v,
            delta_d=config.delta_d,
            alpha=config.alpha,
            beta=config.beta,
            gamma_reg=config.gamma_reg,
            lambda_noisy=config.lambda_noisy,
            momentum=config.momentum,
        )

    def forward(self, clean: Output, noisy: Output | None, labels: Tensor, head: nn.Linear) -> LossTerms:
        """Compute the terms (see `Method`).

        Raises:
            ValueError: There is no noisy view.
        """
        if noisy is None:
            raise ValueError("expected a noisy view, got none")
        cross_entropy = functional.cross_entropy(clean.logits.float(), labels)
        terms = self.discriminative(clean.features, noisy.features, labels, head)
        parts = {
            "cross_entropy": cross_entropy,
            "compact": terms.compact,
            "margin": terms.margin,
            "reg": terms.reg,
            "noisy": terms.noisy,
        }
        return LossTerms(total=cross_entropy + terms.total, parts=parts)
