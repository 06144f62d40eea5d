"""Train with cross-entropy on clean pictures."""

from torch import Tensor, nn
from torch.nn import functional

from pipeline.training.config import NormalConfig
from pipeline.training.methods.registry import LossTerms, register
from pipeline.training.networks.roadnet import Output


@register("normal", NormalConfig)
class NormalMethod(nn.Module):
    """Minimise the cross-entropy of the clean view."""

    noise_sigma: float | None = None

    def __init__(self, config: NormalConfig, num_classes: int, feature_dim: int) -> None:  # noqa: ARG002
        super().__init__()

    def forward(self, clean: Output, noisy: Output | None, labels: Tensor, head: nn.Linear) -> LossTerms:  # noqa: ARG002
        """Compute the cross-entropy (see `Method`)."""
        cross_entropy = functional.cross_entropy(clean.logits.float(), labels)
        return LossTerms(total=cross_entropy, parts={"cross_entropy": cross_entropy})
