"""Train the epochs that are left, and return what is worth keeping."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn.utils import convert_conv2d_weight_memory_format

from data_tools.errors import InputError
from data_tools.progress import Progress, silent
from data_tools.split.artifact import OpenSplit
from pipeline.training.artifact import WeightsOrigin
from pipeline.training.best import Best
from pipeline.training.bookkeeping import Bookkeeping
from pipeline.training.config import TrainConfig
from pipeline.training.data import train_loader, val_loader
from pipeline.training.data.loaders import steps_per_epoch
from pipeline.training.history import Row
from pipeline.training.lightning_trainer import bar_is_shown, build_trainer, plain_interrupt, quiet_lightning
from pipeline.training.methods import build_method
from pipeline.training.module import RoadModule
from pipeline.training.networks import build_network
from pipeline.training.networks.weights import start_from
from pipeline.training.reproducible import reproducible
from pipeline.training.resume import fingerprint, load_resume_point
from pipeline.training.versions import library_versions

_RAISED = f"{InputError.__module__}.{InputError.__name__}: "


@dataclass(frozen=True)
class Fitted:
    """Hold a training's outcome."""

    best: Best
    history: Sequence[Row]
    origin: WeightsOrigin


def fit(
    config: TrainConfig,
    split: OpenSplit,
    split_sha256: str,
    progress: Progress = silent,
    *,
    out_dir: Path,
    resume_dir: Path,
) -> Fitted:
    """Train, going on from the resume point where there is one of this very training.

    Args:
        config: What to train and how.
        split: The pictures.
        split_sha256: Of the split's JSON.
        progress: Told after every epoch, unless a bar is shown.
        out_dir: Gets the TensorBoard log.
        resume_dir: Holds the resume point.

    Raises:
        InputError: The weights or a picture cannot be used, or there is no GPU where one is asked for.
        CheckFailedError: The loss became NaN or infinite.
    """
    accelerator = _accelerator(config)
    with reproducible(config.seed, config.threads), quiet_lightning(), plain_interrupt():
        network = build_network(config.network_spec(len(split.classes)))
        origin = start_from(network, config.weights)
        convert_conv2d_weight_memory_format(network, torch.channels_last)
        identity = fingerprint(config, split_sha256, origin, library_versions())
        earlier = load_resume_point(resume_dir, identity)
        method = build_method(config.method, len(split.classes), network.feature_dim)
        steps = steps_per_epoch(len(split.samples["train"]), config.batch_size)
        module = RoadModule(
            config,
            network,
            method,
            steps_per_epoch=steps,
            from_scratch=origin.type == "scratch",
            optimizer_state=earlier.optimizer if earlier else None,
        )
        book = Bookkeeping(identity, resume_dir, silent if bar_is_shown() else progress, earlier)
        if earlier is not None:
            module.load_state_dict(earlier.module)
        first_epoch = earlier.next_epoch if earlier else 0
        if first_epoch < config.epochs:
            trainer = build_trainer(config.epochs, first_epoch, accelerator, out_dir, book)
            train = train_loader(split.samples["train"], config, first_epoch)
            try:
                trainer.fit(module, train, val_loader(split.samples["val"], config))
            except InputError as error:
                raise InputError(_last_line(error)) from error
    if book.best is None:
        raise RuntimeError("expected a best epoch after training, got none")
    return Fitted(best=book.best, history=book.history, origin=origin)


def _accelerator(config: TrainConfig) -> str:
    """Return 'cpu' or 'gpu'."""
    available = torch.cuda.is_available()
    if config.accelerator == "gpu" and not available:
        raise InputError("train.accelerator: expected a CUDA GPU, but torch finds none; use 'auto' or 'cpu'")
    return "gpu" if available and config.accelerator != "cpu" else "cpu"


def _last_line(error: InputError) -> str:
    """Return an error's message without the traceback that a loader process puts before it."""
    return str(error).strip().splitlines()[-1].removeprefix(_RAISED)
