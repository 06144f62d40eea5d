"""Find adversarial pictures by projected gradient ascent (Madry et al., 2018, Eq. 2; FGSM is one step of it)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipeline.training.methods.views import AdversarialView


def attacked(
    logits_of: Callable[[Tensor], Tensor],
    pictures: Tensor,
    labels: Tensor,
    view: AdversarialView,
    generator: torch.Generator,
) -> Tensor:
    """Compute x ← clip(Π(x + step·sgn(∇ₓ cross-entropy))) for a number of steps.

    Parameters get no gradient. The gradient is taken in float32, also under autocast: in float16 it would vanish.

    Args:
        logits_of: Maps (B, 3, H, W) pictures in [0, 1] to (B, C) logits.
        pictures: (B, 3, H, W) in [0, 1].
        labels: (B,) int64.
        view: Strength and number of the steps; Π projects to at most `epsilon` from `pictures`.
        generator: Draws the random start, on the pictures' device.

    Returns:
        (B, 3, H, W) in [0, 1].
    """
    epsilon, step = view.epsilon / 255, view.step / 255
    low, high = (pictures - epsilon).clamp(min=0), (pictures + epsilon).clamp(max=1)
    current = pictures
    if view.random_start:
        shift = torch.rand(pictures.shape, generator=generator, device=pictures.device, dtype=pictures.dtype)
        current = (pictures + epsilon * (2 * shift - 1)).clamp(0, 1)
    for _ in range(view.steps):
        with torch.enable_grad(), torch.autocast(pictures.device.type, enabled=False):
            moved = current.detach().requires_grad_()
            loss = functional.cross_entropy(logits_of(moved), labels, reduction="sum")
            (gradient,) = torch.autograd.grad(loss, moved)
        current = torch.minimum(torch.maximum(current + step * gradient.sign(), low), high)
    return current.detach()


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Put a network in eval mode for a while, so that an attack leaves batch norm's statistics alone."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
