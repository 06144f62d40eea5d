"""Train with cross-entropy and the centre loss (Wen et al., 2016)."""

from collections.abc import Sequence

from torch import Tensor, nn

from pipeline.training.losses import CenterLoss
from pipeline.training.method_config import CenterConfig
from pipeline.training.methods.base import CrossEntropyMethod
from pipeline.training.methods.registry import LossTerms, Surroundings, register
from pipeline.training.networks.roadnet import Output


@register("center", CenterConfig)
class CenterMethod(CrossEntropyMethod):
    """Minimise the clean view's cross-entropy plus λ · mean ½‖q − c_y‖²."""

    def __init__(self, config: CenterConfig, surroundings: Surroundings) -> None:
        super().__init__(surroundings, ramp_epochs=config.ramp_epochs)
        self._weight = config.weight
        self.center = CenterLoss(len(surroundings.classes), surroundings.feature_dim, center_rate=config.center_rate)

    def forward(self, outputs: Sequence[Output], labels: Tensor, head: nn.Module) -> LossTerms:  # noqa: ARG002
        """Compute the terms (see `Method`)."""
        (clean,) = outputs
        cross_entropy = self.cross_entropy(clean.logits, labels)
        center = self.center(clean.features, labels)
        parts = {"cross_entropy": cross_entropy, "center": center}
        return LossTerms(base=cross_entropy, extra=self._weight * center, parts=parts)
