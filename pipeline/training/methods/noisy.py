"""Train with cross-entropy on noisy pictures (the paper, section 7, 'training only on noisy images')."""

from collections.abc import Sequence

from torch import Tensor, nn

from pipeline.training.method_config import NoisyConfig
from pipeline.training.methods.base import CrossEntropyMethod
from pipeline.training.methods.registry import LossTerms, Surroundings, register
from pipeline.training.methods.views import GaussianView
from pipeline.training.networks.roadnet import Output


@register("noisy", NoisyConfig)
class NoisyMethod(CrossEntropyMethod):
    """Minimise the cross-entropy of the noisy view; the network never sees a clean training picture."""

    def __init__(self, config: NoisyConfig, surroundings: Surroundings) -> None:
        super().__init__(surroundings, (GaussianView(config.sigma, config.sigma_from),), validation_sigma=config.sigma)

    def forward(self, outputs: Sequence[Output], labels: Tensor, head: nn.Module) -> LossTerms:  # noqa: ARG002
        """Compute the cross-entropy (see `Method`)."""
        (noisy,) = outputs
        cross_entropy = self.cross_entropy(noisy.logits, labels)
        return LossTerms(base=cross_entropy, parts={"cross_entropy": cross_entropy})
