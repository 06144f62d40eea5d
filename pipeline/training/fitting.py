"""Train a network, on one device or on several, and return what is worth keeping."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch

from data_tools.artifacts.hashing import sha256_file
from data_tools.errors import CheckFailedError, InputError
from data_tools.progress import Progress, silent
from data_tools.split.artifact import OpenSplit
from pipeline.training.artifact import WeightsOrigin
from pipeline.training.best import Best
from pipeline.training.bookkeeping import Bookkeeping
from pipeline.training.config import TrainConfig
from pipeline.training.data import statistics_loader, val_loader
from pipeline.training.epochs import Start, choose_accelerator, prepare, train_epochs
from pipeline.training.history import Row
from pipeline.training.lightning_trainer import bar_is_shown, plain_interrupt, quiet_lightning
from pipeline.training.networks import Normalize
from pipeline.training.networks.checkpoint import METHOD_PREFIX
from pipeline.training.ranks import RankJob, train_on_ranks
from pipeline.training.reproducible import reproducible
from pipeline.training.resume import drop_resume_point, fingerprint, load_resume_point
from pipeline.training.statistics_policy import Choice, Kept, choose_statistics
from pipeline.training.versions import library_versions, training_code
from pipeline.training.views.look import Eyes

Resume = Literal["auto", "require", "fresh"]
"""Go on from a resume point where there is one, insist on it, or start anew."""


@dataclass(frozen=True)
class Fitted:
    """Hold a training's outcome."""

    best: Best
    history: Sequence[Row]
    origin: WeightsOrigin
    statistics: Choice


def fit(
    config: TrainConfig,
    split: OpenSplit,
    split_path: Path,
    progress: Progress = silent,
    *,
    out_dir: Path,
    resume_dir: Path,
    resume: Resume = "auto",
) -> Fitted:
    """Train, going on from the resume point where there is one of this very training.

    Args:
        config: What to train and how.
        split: The pictures.
        split_path: The split's JSON.
        progress: Told after every epoch, unless a bar is shown.
        out_dir: Gets the logs.
        resume_dir: Holds the resume point.
        resume: Whether to go on from it.

    Raises:
        InputError: The weights or a picture cannot be used, the configuration does not fit, there is no GPU where one
            is asked for, or there is no resume point where one is required.
        CheckFailedError: The loss became NaN or infinite.
    """
    accelerator = choose_accelerator(config)
    if resume == "fresh":
        drop_resume_point(resume_dir)
    shown = silent if bar_is_shown() else progress
    with (
        reproducible(config.seed, config.threads, deterministic=config.deterministic),
        quiet_lightning(),
        plain_interrupt(),
    ):
        start = prepare(config, split)
        identity = fingerprint(config, sha256_file(split_path), start.origin, library_versions(), training_code())
        earlier = load_resume_point(resume_dir, identity)
        if earlier is None and resume == "require":
            raise InputError(
                f"{resume_dir}: expected a resume point of this training, found none; leave --resume out to start anew"
            )
        book = Bookkeeping(identity, resume_dir, shown, earlier)
        if config.devices == 1:
            train_epochs(config, split, start, book, earlier, accelerator=accelerator, out_dir=out_dir)
        elif not book.is_complete(config.epochs, config.patience):
            train_on_ranks(RankJob(config, split_path, out_dir, resume_dir, identity), shown)
            book = Bookkeeping(identity, resume_dir, silent, load_resume_point(resume_dir, identity))
            if not book.is_complete(config.epochs, config.patience):
                raise CheckFailedError(f"training: expected {config.epochs} epochs, got {len(book.history)}")
            book.diagnose(start.method)
        if book.best is None:
            raise RuntimeError("expected a best epoch after training, got none")
        best, statistics = _settle_statistics(config, split, start, book.best, accelerator)
    return Fitted(best=best, history=book.history, origin=start.origin, statistics=statistics)


def _settle_statistics(
    config: TrainConfig, split: OpenSplit, start: Start, best: Best, accelerator: Literal["cpu", "gpu"]
) -> tuple[Best, Choice]:
    """Choose the best weights' batch-norm statistics on the validation part, if the configuration asks for it."""
    if config.batch_norm != "auto":
        kept: Kept = config.batch_norm
        return best, Choice(kept, {}, {"val_accuracy": best.val_accuracy, "val_loss": best.val_loss})
    device = torch.device("cpu" if accelerator == "cpu" else "cuda")
    network = start.network.to(device)
    own = {name: value for name, value in best.weights.items() if not name.startswith(METHOD_PREFIX)}
    network.load_state_dict(own)
    eyes = Eyes(network, Normalize(config.preprocessing().normalization).to(device))
    choice = choose_statistics(
        eyes,
        statistics_loader(split.samples["train"], config),
        val_loader(split.samples["val"], config),
        start.method,
        config,
    )
    weights = best.weights | {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
    settled = replace(
        best,
        score=choice.scores[choice.kept],
        val_accuracy=choice.validation["val_accuracy"],
        val_loss=choice.validation["val_loss"],
        weights=weights,
    )
    return settled, choice
