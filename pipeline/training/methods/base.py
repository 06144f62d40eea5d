"""Hold what most methods share: cross-entropy with class weights, and nothing to prepare or to diagnose."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipeline.training.methods.registry import Surroundings
from pipeline.training.methods.views import CleanView, View


class CrossEntropyMethod(nn.Module):
    """Give a method its cross-entropy and the defaults of the `Method` protocol."""

    class_weights: Tensor | None

    def __init__(
        self,
        surroundings: Surroundings,
        views: Sequence[View] = (CleanView(),),
        *,
        ramp_epochs: float = 0.0,
        validation_sigma: float | None = None,
    ) -> None:
        super().__init__()
        self.views = tuple(views)
        self.ramp_epochs = ramp_epochs
        self.validation_sigma = validation_sigma
        weights = surroundings.class_weights
        self.register_buffer("class_weights", None if weights is None else torch.tensor(weights), persistent=False)

    def cross_entropy(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Compute the mean over the batch of w_y · (−log softmax(z)_y), in float32 or better.

        The mean is over the samples, not over their weights, so that it stays the mean of the ranks' means.

        Args:
            logits: (B, C).
            labels: (B,) int64.
        """
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        if self.class_weights is None:
            return functional.cross_entropy(logits, labels)
        each = functional.cross_entropy(logits, labels, reduction="none")
        return (each * self.class_weights[labels]).mean()

    def prepare(self, head: nn.Module) -> None:
        """Leave the head as it is."""

    def diagnose(self, means: Mapping[str, float]) -> str | None:  # noqa: ARG002
        """Find nothing to say."""
        return None


def as_linear(head: nn.Module) -> nn.Linear:
    """Return the head as the linear layer it is.

    Raises:
        TypeError: It is another module.
    """
    if not isinstance(head, nn.Linear):
        raise TypeError(f"expected a linear head, got {type(head).__name__}")
    return head
