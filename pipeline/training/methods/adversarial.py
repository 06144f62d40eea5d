"""Train on adversarial pictures: FGSM (Goodfellow et al., 2015) and PGD (Madry et al., 2018)."""

from collections.abc import Sequence

from torch import Tensor, nn

from pipeline.training.method_config import FgsmConfig, PgdConfig
from pipeline.training.methods.base import CrossEntropyMethod
from pipeline.training.methods.registry import LossTerms, Surroundings, register
from pipeline.training.methods.views import AdversarialView, CleanView
from pipeline.training.networks.roadnet import Output


class _AdversarialMethod(CrossEntropyMethod):
    """Minimise s·(clean cross-entropy) + (1 − s)·(adversarial cross-entropy) for the clean share s."""

    def __init__(self, view: AdversarialView, clean_share: float, surroundings: Surroundings) -> None:
        super().__init__(surroundings, (CleanView(), view) if clean_share > 0 else (view,))
        self._clean_share = clean_share

    def forward(self, outputs: Sequence[Output], labels: Tensor, head: nn.Module) -> LossTerms:  # noqa: ARG002
        """Compute the cross-entropies (see `Method`)."""
        adversarial = self.cross_entropy(outputs[-1].logits, labels)
        if len(outputs) == 1:
            return LossTerms(base=adversarial, parts={"cross_entropy": adversarial})
        clean = self.cross_entropy(outputs[0].logits, labels)
        base = self._clean_share * clean + (1 - self._clean_share) * adversarial
        return LossTerms(base=base, parts={"cross_entropy": clean, "adversarial_cross_entropy": adversarial})


@register("fgsm", FgsmConfig)
class FgsmMethod(_AdversarialMethod):
    """Use x + ε·sgn(∇ₓ cross-entropy)."""

    def __init__(self, config: FgsmConfig, surroundings: Surroundings) -> None:
        view = AdversarialView(config.epsilon, config.epsilon, 1, random_start=False)
        super().__init__(view, config.clean_share, surroundings)


@register("pgd", PgdConfig)
class PgdMethod(_AdversarialMethod):
    """Use several projected steps from a random start in the ball of radius ε (maximum norm)."""

    def __init__(self, config: PgdConfig, surroundings: Surroundings) -> None:
        view = AdversarialView(config.epsilon, config.step, config.steps, random_start=True)
        super().__init__(view, config.clean_share, surroundings)
