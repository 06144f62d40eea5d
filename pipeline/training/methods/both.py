"""Train with cross-entropy on clean and noisy pictures (the paper, section 7)."""

from collections.abc import Sequence

from torch import Tensor, nn

from pipeline.training.method_config import BothConfig
from pipeline.training.methods.base import CrossEntropyMethod
from pipeline.training.methods.registry import LossTerms, Surroundings, register
from pipeline.training.methods.views import CleanView, GaussianView
from pipeline.training.networks.roadnet import Output


@register("both", BothConfig)
class BothMethod(CrossEntropyMethod):
    """Minimise ½ (cross-entropy of the clean view + that of the noisy view): the mean over all 2B pictures."""

    def __init__(self, config: BothConfig, surroundings: Surroundings) -> None:
        views = (CleanView(), GaussianView(config.sigma, config.sigma_from))
        super().__init__(surroundings, views, validation_sigma=config.sigma)

    def forward(self, outputs: Sequence[Output], labels: Tensor, head: nn.Module) -> LossTerms:  # noqa: ARG002
        """Compute both cross-entropies (see `Method`)."""
        clean, noisy = (self.cross_entropy(output.logits, labels) for output in outputs)
        return LossTerms(base=(clean + noisy) / 2, parts={"cross_entropy": clean, "noisy_cross_entropy": noisy})
