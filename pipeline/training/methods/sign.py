"""Train on gradient-free sign perturbations (seed 004, section 3.3)."""

from collections.abc import Sequence

from torch import Tensor, nn

from pipeline.training.method_config import SignConfig
from pipeline.training.methods.base import CrossEntropyMethod
from pipeline.training.methods.registry import LossTerms, Surroundings, register
from pipeline.training.methods.views import SignView
from pipeline.training.networks.roadnet import Output


@register("sign", SignConfig)
class SignMethod(CrossEntropyMethod):
    """Minimise the cross-entropy of f(g(x)), g(x) = x + ε·x⊙l(x): one pass, no gradient of the input."""

    def __init__(self, config: SignConfig, surroundings: Surroundings) -> None:
        view = SignView(config.epsilon, config.probability, config.on_input, config.hidden)
        super().__init__(surroundings, (view,))

    def forward(self, outputs: Sequence[Output], labels: Tensor, head: nn.Module) -> LossTerms:  # noqa: ARG002
        """Compute the cross-entropy (see `Method`)."""
        (perturbed,) = outputs
        cross_entropy = self.cross_entropy(perturbed.logits, labels)
        return LossTerms(base=cross_entropy, parts={"cross_entropy": cross_entropy})
