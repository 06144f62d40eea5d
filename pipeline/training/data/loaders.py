"""Batch the training and validation parts."""

import multiprocessing
import os
import threading
from collections.abc import Iterable, Sequence
from multiprocessing.context import BaseContext

import cv2
import torch
from torch.utils.data import DataLoader, Dataset

from data_tools.errors import InputError
from data_tools.split.artifact import Sample
from pipeline.training.config import TrainConfig
from pipeline.training.data.augmentation import build_augmentation
from pipeline.training.data.dataset import Item, PlainDataset, TrainDataset
from pipeline.training.data.order import shuffled
from pipeline.training.data.sampling import Draw, EpochSampler

STATISTICS = "statistics"
"""Purpose of the draws that batch-norm statistics are measured on."""


def steps_per_epoch(pictures: int, batch_size: int) -> int:
    """Return the number of training batches: whole ones only, unless there is not one."""
    return max(1, pictures // batch_size)


def train_loader(
    samples: Sequence[Sample], config: TrainConfig, first_epoch: int, rank: int = 0, world_size: int = 1
) -> DataLoader[Item]:
    """Batch the training part, shuffled (or drawn by class, with `balance: sampler`) and augmented.

    The last, incomplete batch of an epoch is dropped where there is a whole one.

    Args:
        samples: The training part, at least 2 pictures.
        config: The training's configuration.
        first_epoch: The epoch that the first iteration draws.
        rank: This process, 0-based.
        world_size: Number of processes that share every batch.

    Raises:
        InputError: There are several processes, and not enough pictures for a whole batch.
    """
    labels = [sample.label for sample in samples] if config.balance == "sampler" else None
    sampler = EpochSampler(
        len(samples),
        config.seed,
        first_epoch,
        batch_size=config.batch_size,
        rank=rank,
        world_size=world_size,
        labels=labels,
    )
    dataset = TrainDataset(samples, config.preprocessing(), build_augmentation(config.augmentation, config.seed))
    return _loader(dataset, config.batch_size // world_size, config.num_workers, sampler)


def val_loader(samples: Sequence[Sample], config: TrainConfig, rank: int = 0, world_size: int = 1) -> DataLoader[Item]:
    """Batch the validation part, in order and as it is; every process gets each `world_size`-th picture.

    Args:
        samples: The validation part.
        config: The training's configuration.
        rank: This process, 0-based.
        world_size: Number of processes.

    Raises:
        InputError: There are fewer pictures than processes.
    """
    if len(samples) < world_size:
        raise InputError(
            f"train: expected a validation picture or more for each of {world_size} devices, got {len(samples)}"
        )
    dataset = PlainDataset(samples[rank::world_size], config.preprocessing())
    return _loader(dataset, config.batch_size // world_size, config.num_workers)


def statistics_loader(samples: Sequence[Sample], config: TrainConfig) -> DataLoader[Item]:
    """Batch the training pictures on which batch-norm statistics are measured again: the same ones every time.

    At most `batch_norm_pictures`, chosen by the seed, each class as often as it is; augmented as in training, with
    draws of their own. The last, incomplete batch is dropped where there is a whole one: it would weigh as much.

    Args:
        samples: The training part.
        config: The training's configuration.
    """
    rows = shuffled(len(samples), config.seed, 0, STATISTICS)[: config.batch_norm_pictures].tolist()
    if len(rows) >= config.batch_size:
        rows = rows[: len(rows) // config.batch_size * config.batch_size]
    augmentation = build_augmentation(config.augmentation, config.seed, STATISTICS)
    dataset = TrainDataset(samples, config.preprocessing(), augmentation)
    return _loader(dataset, config.batch_size, config.num_workers, [Draw(0, row) for row in rows])


def _loader(
    dataset: Dataset[Item], batch_size: int, num_workers: int, sampler: Iterable[Draw] | None = None
) -> DataLoader[Item]:
    """Batch what a sampler names (None: all, in order), in this process or in others that outlive an epoch."""
    return DataLoader(
        dataset,
        batch_size=batch_size,
        sampler=sampler,
        num_workers=num_workers,
        persistent_workers=num_workers > 0,
        pin_memory=torch.cuda.is_available(),
        multiprocessing_context=_process_context(num_workers),
        worker_init_fn=_start_worker,
    )


def _process_context(num_workers: int) -> BaseContext | None:
    """Choose how loader processes start; a forked one hangs in OpenCV once this process has used its threads."""
    if num_workers == 0:
        return None
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipeline.training.data.dataset"])
    return context


def _start_worker(worker: int) -> None:  # noqa: ARG001
    """Keep OpenCV in a loader process from starting a thread per core, and end the process with the training.

    torch's own watch looks at the process that forked this one, which here is the fork server: without ours, a killed
    training would leave its loader processes behind for good.
    """
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_training, daemon=True).start()


def _end_with_training() -> None:
    """Wait for the end of the process that asked for this one, however it comes, and end too."""
    training = multiprocessing.parent_process()
    if training is not None:
        training.join()
        os._exit(1)
