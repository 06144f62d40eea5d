from pathlib import Path

import pytest
import torch

from data_tools.errors import InputError
from data_tools.split.artifact import Sample, open_split
from pipeline.training.config import TrainConfig
from pipeline.training.data import train_loader, val_loader
from pipeline.training.data.loaders import steps_per_epoch
from tests.pipeline.training.quick import quick_config


@pytest.fixture
def samples(split_path: Path) -> tuple[Sample, ...]:
    return open_split(split_path).samples["train"]


def test_batches_are_uint8_pictures_and_labels(samples: tuple[Sample, ...], config: TrainConfig) -> None:
    pictures, labels = next(iter(train_loader(samples, config, 0)))
    assert pictures.shape == (8, 64, 64, 3)
    assert pictures.dtype == torch.uint8
    assert labels.dtype == torch.int64


@pytest.mark.parametrize(("size", "batches"), [(21, [8, 8]), (8, [8]), (5, [5]), (2, [2])])
def test_an_incomplete_batch_is_dropped_where_there_is_a_whole_one(
    samples: tuple[Sample, ...], config: TrainConfig, size: int, batches: list[int]
) -> None:
    loader = train_loader(samples[:size], config, 0)
    assert [len(labels) for _, labels in loader] == batches
    assert len(loader) == steps_per_epoch(size, 8) == len(batches)


def test_validation_has_every_picture_in_order(samples: tuple[Sample, ...], config: TrainConfig) -> None:
    labels = torch.cat([labels for _, labels in val_loader(samples, config)])
    assert labels.tolist() == [sample.label for sample in samples]


def test_loader_processes_make_the_same_batches(samples: tuple[Sample, ...]) -> None:
    ours = list(train_loader(samples, quick_config(), 3))
    theirs = list(train_loader(samples, quick_config(num_workers=2), 3))
    assert len(ours) == len(theirs)
    for (pictures, labels), (other_pictures, other_labels) in zip(ours, theirs, strict=True):
        assert torch.equal(pictures, other_pictures)
        assert torch.equal(labels, other_labels)


def test_a_missing_picture_is_an_input_error(samples: tuple[Sample, ...], config: TrainConfig) -> None:
    gone = [sample._replace(file=Path("gone.png")) for sample in samples]
    with pytest.raises(InputError, match=r"gone\.png: no such file"):
        next(iter(val_loader(gone, config)))
