"""Measure a network on validation pictures, clean and at the training's noise."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

from pipeline.training.meters import Meters
from pipeline.training.networks import to_unit_range
from pipeline.training.noise import device_generator, noised
from pipeline.training.views.look import Eyes

Batch = tuple[Tensor, Tensor]
"""(B, H, W, 3) uint8 pictures, (B,) int64 labels."""


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the share of correct predictions, a scalar."""
    return (logits.argmax(dim=1) == labels).float().mean()


def validation_values(eyes: Eyes, batch: Batch, sigma: float | None, key: tuple[int, ...]) -> dict[str, Tensor]:
    """Measure one batch; the noise is the same in every epoch.

    Args:
        eyes: A network in eval mode.
        batch: Pictures and labels on its device.
        sigma: Gaussian noise of a second look, grey levels; None: clean pictures only.
        key: Of the noise: seed, batch number, rank.

    Returns:
        val_accuracy and val_loss (cross-entropy), and val_accuracy_noisy where there is noise; scalars.
    """
    pictures, labels = to_unit_range(batch[0]), batch[1]
    clean = eyes.see(pictures)
    values = {
        "val_accuracy": accuracy(clean.logits, labels),
        "val_loss": functional.cross_entropy(clean.logits.float(), labels),
    }
    if sigma is not None:
        generator = device_generator(pictures.device, "val noise", *key)
        noisy = eyes.see(noised(pictures, sigma, generator))
        values["val_accuracy_noisy"] = accuracy(noisy.logits, labels)
    return values


def validate(eyes: Eyes, batches: Iterable[Batch], sigma: float | None, seed: int) -> Mapping[str, float]:
    """Measure all batches.

    Args:
        eyes: A network; it is left in eval mode.
        batches: Of the validation part, in order.
        sigma: Gaussian noise of a second look, grey levels; None: clean pictures only.
        seed: Of the training, for the noise.
    """
    eyes.network.eval()
    device = next(eyes.network.parameters()).device
    meters = Meters()
    with torch.no_grad():
        for index, (pictures, labels) in enumerate(batches):
            batch = pictures.to(device), labels.to(device)
            meters.add(validation_values(eyes, batch, sigma, (seed, index, 0)), len(labels))
    return meters.means()
