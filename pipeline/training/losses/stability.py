"""Keep the noisy feature near the clean one (stability training; the paper, section 7.2)."""

import torch
from torch import Tensor

from pipeline.training.losses.norms import safe_norm


def stability_loss(clean: Tensor, noisy: Tensor) -> Tensor:
    """Compute the mean over the batch of ‖q − q̃‖, not squared, in float32 or better.

    No term crosses samples, so under data-parallel training the ranks' average is that of the global batch.

    Args:
        clean: (B, d) features of the clean pictures.
        noisy: (B, d) features of the same pictures with noise.

    Returns:
        A scalar; a pair of equal features adds 0 without gradient.
    """
    with torch.autocast(clean.device.type, enabled=False):
        at_least = torch.promote_types(clean.dtype, torch.float32)
        return safe_norm(clean.to(at_least) - noisy.to(at_least)).mean()
