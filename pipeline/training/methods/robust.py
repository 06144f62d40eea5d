"""Train with cross-entropy and the discriminative loss (the paper, section 4)."""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from pipeline.training.losses import DiscriminativeLoss, stability_loss
from pipeline.training.method_config import RobustConfig
from pipeline.training.methods.base import CrossEntropyMethod, as_linear
from pipeline.training.methods.registry import LossTerms, Surroundings, register
from pipeline.training.methods.views import CleanView, GaussianView
from pipeline.training.networks.roadnet import Output


@register("robust", RobustConfig)
class RobustMethod(CrossEntropyMethod):
    """Minimise cross-entropy on the clean view plus α·compact + β·margin + γ_reg·reg + λ·noisy (Eqs. 7-13).

    Two terms that the paper does not have may be added: the noisy view's cross-entropy, and stability's ‖q − q̃‖.
    """

    def __init__(self, config: RobustConfig, surroundings: Surroundings) -> None:
        views = (CleanView(), GaussianView(config.sigma, config.sigma_from))
        super().__init__(surroundings, views, ramp_epochs=config.ramp_epochs, validation_sigma=config.sigma)
        self._config = config
        self.discriminative = DiscriminativeLoss(
            len(surroundings.classes),
            surroundings.feature_dim,
            delta_v=config.delta_v,
            delta_d=config.delta_d,
            alpha=config.alpha,
            beta=config.beta,
            gamma_reg=config.gamma_reg,
            lambda_noisy=config.lambda_noisy,
            momentum=config.momentum,
        )

    def forward(self, outputs: Sequence[Output], labels: Tensor, head: nn.Module) -> LossTerms:
        """Compute the terms (see `Method`)."""
        clean, noisy = outputs
        cross_entropy = self.cross_entropy(clean.logits, labels)
        terms = self.discriminative(clean.features, noisy.features, labels, as_linear(head))
        parts = {
            "cross_entropy": cross_entropy,
            "compact": terms.compact,
            "margin": terms.margin,
            "reg": terms.reg,
            "noisy": terms.noisy,
        }
        extra = terms.total
        if self._config.noisy_cross_entropy > 0:
            parts["noisy_cross_entropy"] = self.cross_entropy(noisy.logits, labels)
            extra = extra + self._config.noisy_cross_entropy * parts["noisy_cross_entropy"]
        if self._config.stability > 0:
            parts["stability"] = stability_loss(clean.features, noisy.features)
            extra = extra + self._config.stability * parts["stability"]
        return LossTerms(base=cross_entropy, extra=extra, parts=parts)

    def diagnose(self, means: Mapping[str, float]) -> str | None:
        """Recognise collapsed features: after the first epochs margin is still next to δ_d, its value on a boundary.

        compact has then pulled all features together before margin could part them. Seen with torchvision's own
        classifier, whose feature follows a hard-swish: on road pictures margin stays between 0.98 and 1 δ_d, with the
        centroids together near the origin or together far from it, where a linear embedding is at 0.78 δ_d after
        three epochs and at 0 in the end.
        """
        wanted = self._config.delta_d
        if self._config.beta == 0 or wanted == 0 or not 0.9 * wanted < means["margin"] < 1.1 * wanted:
            return None
        return (
            f"the features have collapsed: margin is still at {means['margin']:.2f} of delta_d = {wanted:g} (the "
            f"centroids are {means['reg']:.2f} from the origin); use a linear embedding (train.embedding_dim=128), "
            "let the extra terms grow (train.method.ramp_epochs=2), or raise the learning rate"
        )
