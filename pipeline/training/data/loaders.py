"""Batch the training and validation parts."""

import multiprocessing
from collections.abc import Sequence
from multiprocessing.context import BaseContext

import cv2
from torch.utils.data import DataLoader

from data_tools.split.artifact import Sample
from pipeline.training.config import TrainConfig
from pipeline.training.data.augmentation import Augmentation
from pipeline.training.data.dataset import Item, PlainDataset, TrainDataset
from pipeline.training.data.sampling import EpochSampler


def steps_per_epoch(pictures: int, batch_size: int) -> int:
    """Return the number of training batches: whole ones only, unless there is not one."""
    return max(1, pictures // batch_size)


def train_loader(samples: Sequence[Sample], config: TrainConfig, first_epoch: int) -> DataLoader[Item]:
    """Batch the training part, shuffled and augmented.

    The last, incomplete batch of an epoch is dropped where there is a whole one.

    Args:
        samples: The training part, at least 2 pictures.
        config: The training's configuration.
        first_epoch: The epoch that the first iteration draws.
    """
    dataset = TrainDataset(samples, config.preprocessing(), Augmentation(config.augmentation, config.seed))
    return DataLoader(
        dataset,
        batch_size=config.batch_size,
        sampler=EpochSampler(len(samples), config.seed, first_epoch),
        drop_last=len(samples) >= config.batch_size,
        num_workers=config.num_workers,
        persistent_workers=config.num_workers > 0,
        multiprocessing_context=_process_context(config.num_workers),
        worker_init_fn=_keep_to_one_thread,
    )


def val_loader(samples: Sequence[Sample], config: TrainConfig) -> DataLoader[Item]:
    """Batch the validation part, in order and as it is."""
    return DataLoader(
        PlainDataset(samples, config.preprocessing()),
        batch_size=config.batch_size,
        num_workers=config.num_workers,
        persistent_workers=config.num_workers > 0,
        multiprocessing_context=_process_context(config.num_workers),
        worker_init_fn=_keep_to_one_thread,
    )


def _process_context(num_workers: int) -> BaseContext | None:
    """Choose how loader processes start; a forked one hangs in OpenCV once this process has used its threads."""
    if num_workers == 0:
        return None
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipeline.training.data.dataset"])
    return context


def _keep_to_one_thread(worker: int) -> None:  # noqa: ARG001
    """Keep OpenCV in a loader process from starting a thread per core."""
    cv2.setNumThreads(1)
