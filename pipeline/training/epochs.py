"""Train the epochs that are left, in this process, which may be one rank of several."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch.nn.utils import convert_conv2d_weight_memory_format

from data_tools.errors import InputError
from data_tools.freed_memory import keep_freed_memory
from data_tools.split.artifact import OpenSplit, Sample
from pipeline.training.artifact import WeightsOrigin
from pipeline.training.bookkeeping import Bookkeeping
from pipeline.training.config import TrainConfig
from pipeline.training.data import statistics_loader, train_loader, val_loader
from pipeline.training.data.loaders import steps_per_epoch
from pipeline.training.lightning_trainer import build_trainer
from pipeline.training.methods import Method, Surroundings, build_method
from pipeline.training.module import RoadModule
from pipeline.training.networks import RoadNet, build_network
from pipeline.training.networks.weights import start_from
from pipeline.training.resume import ResumePoint
from pipeline.training.statistics_policy import check_policy

_RAISED = f"{InputError.__module__}.{InputError.__name__}: "


@dataclass(frozen=True)
class Start:
    """Hold the network before its first step, and what is minimised."""

    network: RoadNet
    origin: WeightsOrigin
    method: Method


def prepare(config: TrainConfig, split: OpenSplit) -> Start:
    """Build the network with its first weights, and the method.

    Raises:
        InputError: The weights cannot be used, or the method does not fit the classes, the network or the policy.
    """
    network = build_network(config.network_spec(len(split.classes)))
    origin = start_from(network, config.weights)
    if config.channels_last:
        convert_conv2d_weight_memory_format(network, torch.channels_last)
    weights = class_weights(split.samples["train"], len(split.classes)) if config.balance == "class_weights" else None
    method = build_method(config.method, Surroundings(split.classes, network.feature_dim, weights))
    check_policy(config, method, origin)
    method.prepare(network.head)
    return Start(network, origin, method)


def class_weights(samples: tuple[Sample, ...], num_classes: int) -> tuple[float, ...]:
    """Return N / (C · n_c) for each class: inverse to its frequency, with mean 1 over the samples."""
    labels = [sample.label for sample in samples]
    return tuple(len(labels) / (num_classes * labels.count(index)) for index in range(num_classes))


def train_epochs(
    config: TrainConfig,
    split: OpenSplit,
    start: Start,
    book: Bookkeeping,
    earlier: ResumePoint | None,
    *,
    accelerator: Literal["cpu", "gpu"],
    out_dir: Path,
    rank: int = 0,
) -> None:
    """Train the epochs that are left; `book` holds the outcome, and on rank 0 writes it down after every epoch.

    Args:
        config: What to train and how.
        split: The pictures.
        start: The network before its first step; changed in place.
        book: Closes the epochs.
        earlier: The resume point to go on from.
        accelerator: What to train on.
        out_dir: Gets the logs.
        rank: Of this process.

    Raises:
        InputError: A picture cannot be used.
        CheckFailedError: The loss became NaN or infinite.
    """
    if accelerator == "cpu":
        keep_freed_memory(any_size=True)
    train = split.samples["train"]
    module = RoadModule(
        config,
        start.network,
        start.method,
        steps_per_epoch=steps_per_epoch(len(train), config.batch_size),
        from_scratch=start.origin.type == "scratch",
        statistics=statistics_loader(train, config),
        optimizer_state=earlier.optimizer if earlier else None,
    )
    if earlier is not None:
        module.load_state_dict(earlier.module)
    if book.is_complete(config.epochs, config.patience):
        return
    first_epoch = earlier.next_epoch if earlier else 0
    trainer = build_trainer(config, first_epoch, accelerator, out_dir, book=book, rank=rank)
    if earlier is not None and earlier.scaler:
        trainer.precision_plugin.load_state_dict(earlier.scaler)
    try:
        trainer.fit(
            module,
            train_loader(train, config, first_epoch, rank, config.devices),
            val_loader(split.samples["val"], config, rank, config.devices),
        )
    except InputError as error:
        raise InputError(_last_line(error)) from error


def choose_accelerator(config: TrainConfig) -> Literal["cpu", "gpu"]:
    """Choose what to train on.

    Raises:
        InputError: A GPU is asked for that is not there.
    """
    available = torch.cuda.device_count()
    if config.accelerator == "gpu" and available == 0:
        raise InputError("train.accelerator: expected a CUDA GPU, but torch finds none; use 'auto' or 'cpu'")
    chosen: Literal["cpu", "gpu"] = "gpu" if available > 0 and config.accelerator != "cpu" else "cpu"
    if chosen == "gpu" and config.devices > available:
        raise InputError(
            f"train.devices: expected at most {available}, the GPUs that torch finds, got {config.devices}"
        )
    if chosen == "cpu" and config.precision == "fp16":
        raise InputError("train.precision: fp16 needs a GPU; use bf16 or fp32 on the CPU")
    if chosen == "cpu" and config.sync_batch_norm:
        raise InputError("train.sync_batch_norm: torch has it for GPUs only; leave it false on the CPU")
    return chosen


def _last_line(error: InputError) -> str:
    """Return an error's message without the traceback that a loader process puts before it."""
    return str(error).strip().splitlines()[-1].removeprefix(_RAISED)
