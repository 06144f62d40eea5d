"""Measure batch norm's statistics again, and choose whose statistics the trained network keeps."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from data_tools.errors import InputError
from pipeline.training.artifact import WeightsOrigin
from pipeline.training.best import selection_score
from pipeline.training.config import TrainConfig
from pipeline.training.methods import Method
from pipeline.training.methods.views import GaussianView
from pipeline.training.networks import to_unit_range
from pipeline.training.networks.reestimation import reestimate_statistics
from pipeline.training.networks.statistics import capture_statistics, restore_statistics
from pipeline.training.noise import device_generator, noised
from pipeline.training.validation import Batch, validate
from pipeline.training.views.look import Eyes

Kept = Literal["shared", "clean", "mixture", "separate", "frozen"]


def gaussian_view(method: Method) -> GaussianView | None:
    """Return the Gaussian view that a method trains with, if it has one."""
    return next((view for view in method.views if isinstance(view, GaussianView)), None)


def check_policy(config: TrainConfig, method: Method, origin: WeightsOrigin) -> None:
    """Check that the batch-norm policy makes sense for a method and its start.

    Raises:
        InputError: `mixture` without Gaussian noise, `separate` with one view, or `frozen` from random weights.
    """
    if config.batch_norm == "frozen" and origin.type == "scratch":
        raise InputError("train.batch_norm: frozen keeps the start weights' statistics, and random ones have none")
    if config.batch_norm == "mixture" and gaussian_view(method) is None:
        raise InputError(
            f"train.batch_norm: mixture needs a method with Gaussian noise, and {config.method.type} has none; "
            "use shared or clean"
        )
    if config.batch_norm == "separate" and len(method.views) < 2:
        raise InputError(
            f"train.batch_norm: separate needs a method with two views, and {config.method.type} has one; "
            "use shared or clean"
        )


def measure_statistics(eyes: Eyes, batches: Iterable[Batch], view: GaussianView | None, seed: int) -> None:
    """Measure the running statistics again, on clean pictures or on batches of which every other one is noisy.

    Args:
        eyes: The network, changed in place.
        batches: Augmented training pictures, always the same.
        view: The noise of a mixture; None: clean pictures only.
        seed: Of the training, for the noise.
    """
    device = next(eyes.network.parameters()).device

    def pictures() -> Iterator[Tensor]:
        for index, (batch, _) in enumerate(batches):
            clean = to_unit_range(batch.to(device))
            if view is not None:
                generator = device_generator(device, "statistics noise", seed, index)
                noisy = noised(clean, view.sigma, generator, sigma_from=view.sigma_from)
                clean = torch.where(torch.arange(len(clean), device=device).view(-1, 1, 1, 1) % 2 == 0, clean, noisy)
            yield eyes.normalize(clean)

    reestimate_statistics(eyes.network, pictures())


@dataclass(frozen=True)
class Choice:
    """Hold which statistics won, and what each candidate scored on the validation part."""

    kept: Kept
    scores: Mapping[Kept, float]
    validation: Mapping[str, float]
    """Of the winner."""


def choose_statistics(
    eyes: Eyes, statistics: Iterable[Batch], validation: Iterable[Batch], method: Method, config: TrainConfig
) -> Choice:
    """Try shared, clean and mixture statistics on the validation part and leave the best in the network.

    A higher score wins, then less validation loss, then the earlier in that order.

    Args:
        eyes: The trained network, with the statistics of its training.
        statistics: Augmented training pictures; gone through once a candidate.
        validation: The validation part; gone through once a candidate.
        method: Says which noise there is.
        config: The training's configuration.
    """
    view = gaussian_view(method)
    candidates: list[Kept] = ["shared", "clean"] if view is None else ["shared", "clean", "mixture"]
    measured, shared = {}, capture_statistics(eyes.network)
    held = {}
    for name in candidates:
        restore_statistics(eyes.network, shared)
        if name != "shared":
            measure_statistics(eyes, statistics, view if name == "mixture" else None, config.seed)
        held[name] = capture_statistics(eyes.network)
        measured[name] = validate(eyes, validation, method.validation_sigma, config.seed)
    scores = {name: selection_score(values, config.select_by) for name, values in measured.items()}
    kept = max(candidates, key=lambda name: (scores[name], -measured[name]["val_loss"]))
    restore_statistics(eyes.network, held[kept])
    return Choice(kept, scores, measured[kept])
