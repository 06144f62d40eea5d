"""Train with stability training (Zheng et al., 2016; the paper, section 7)."""

from collections.abc import Sequence

from torch import Tensor, nn

from pipeline.training.losses import stability_loss
from pipeline.training.method_config import StabilityConfig
from pipeline.training.methods.base import CrossEntropyMethod
from pipeline.training.methods.registry import LossTerms, Surroundings, register
from pipeline.training.methods.views import CleanView, GaussianView
from pipeline.training.networks.roadnet import Output


@register("stability", StabilityConfig)
class StabilityMethod(CrossEntropyMethod):
    """Minimise the clean view's cross-entropy plus weight · mean ‖q − q̃‖."""

    def __init__(self, config: StabilityConfig, surroundings: Surroundings) -> None:
        views = (CleanView(), GaussianView(config.sigma, config.sigma_from))
        super().__init__(surroundings, views, ramp_epochs=config.ramp_epochs, validation_sigma=config.sigma)
        self._weight = config.weight

    def forward(self, outputs: Sequence[Output], labels: Tensor, head: nn.Module) -> LossTerms:  # noqa: ARG002
        """Compute the terms (see `Method`)."""
        clean, noisy = outputs
        cross_entropy = self.cross_entropy(clean.logits, labels)
        shift = stability_loss(clean.features, noisy.features)
        parts = {"cross_entropy": cross_entropy, "stability": shift}
        return LossTerms(base=cross_entropy, extra=self._weight * shift, parts=parts)
