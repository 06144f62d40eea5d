"""Train with cross-entropy on clean pictures."""

from collections.abc import Sequence

from torch import Tensor, nn

from pipeline.training.method_config import NormalConfig
from pipeline.training.methods.base import CrossEntropyMethod
from pipeline.training.methods.registry import LossTerms, Surroundings, register
from pipeline.training.networks.roadnet import Output


@register("normal", NormalConfig)
class NormalMethod(CrossEntropyMethod):
    """Minimise the cross-entropy of the clean view."""

    def __init__(self, config: NormalConfig, surroundings: Surroundings) -> None:  # noqa: ARG002
        super().__init__(surroundings)

    def forward(self, outputs: Sequence[Output], labels: Tensor, head: nn.Module) -> LossTerms:  # noqa: ARG002
        """Compute the cross-entropy (see `Method`)."""
        (clean,) = outputs
        cross_entropy = self.cross_entropy(clean.logits, labels)
        return LossTerms(base=cross_entropy, parts={"cross_entropy": cross_entropy})
