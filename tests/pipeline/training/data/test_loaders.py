from pathlib import Path

import pytest
import torch

from data_tools.errors import InputError
from data_tools.split.artifact import Sample, open_split
from pipeline.training.config import TrainConfig
from pipeline.training.data import statistics_loader, train_loader, val_loader
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


def test_ranks_share_the_batches_of_one_process(samples: tuple[Sample, ...]) -> None:
    config = quick_config(balance="sampler", devices=2)
    alone = list(train_loader(samples, config, 1))
    shared = [list(train_loader(samples, config, 1, rank, 2)) for rank in range(2)]
    assert len(alone) == len(shared[0]) == len(shared[1]) == 2
    for whole, first, second in zip(alone, *shared, strict=True):
        assert len(first[1]) == len(second[1]) == 4
        for at in range(2):
            assert torch.equal(whole[at], torch.cat([first[at], second[at]]))


def test_ranks_share_the_validation_part(samples: tuple[Sample, ...], config: TrainConfig) -> None:
    whole = torch.cat([pictures for pictures, _ in val_loader(samples, config)])
    shared = [list(val_loader(samples, config, rank, 4)) for rank in range(4)]
    assert all(len(labels) <= 2 for part in shared for _, labels in part)
    for rank, part in enumerate(shared):
        assert torch.equal(torch.cat([pictures for pictures, _ in part]), whole[rank::4])


def test_too_few_pictures_for_the_ranks_are_an_input_error(samples: tuple[Sample, ...], config: TrainConfig) -> None:
    with pytest.raises(InputError, match="8 or more training pictures"):
        train_loader(samples[:7], config, 0, 0, 2)
    with pytest.raises(InputError, match="a validation picture or more for each of 2 devices, got 1"):
        val_loader(samples[:1], config, 1, 2)


def test_a_picture_drawn_again_is_varied_anew(samples: tuple[Sample, ...]) -> None:
    config = quick_config(balance="sampler", batch_size=4)
    few = [samples[0], samples[0], *[sample for sample in samples if sample.label != samples[0].label][:2]]
    for epoch in range(4):
        pictures, _ = next(iter(train_loader(few, config, epoch)))
        assert len({bytes(picture.numpy().tobytes()) for picture in pictures}) == 4


@pytest.mark.parametrize(("pictures", "batches"), [(1024, [8, 8]), (9, [8]), (5, [5])])
def test_statistics_come_from_the_same_pictures_every_time(
    samples: tuple[Sample, ...], pictures: int, batches: list[int]
) -> None:
    config = quick_config(batch_norm_pictures=pictures)
    loader = statistics_loader(samples, config)
    first, again = list(loader), list(loader)
    assert [len(labels) for _, labels in first] == batches
    assert all(torch.equal(one[0], other[0]) for one, other in zip(first, again, strict=True))
    other_seed = next(iter(statistics_loader(samples, quick_config(batch_norm_pictures=pictures, seed=1))))
    assert not torch.equal(other_seed[0], first[0][0])


def test_statistics_are_measured_on_augmented_pictures(samples: tuple[Sample, ...]) -> None:
    """Each is a training picture, varied, and not as any of the first epochs varies it."""
    still = {"type": "road", "color_jitter": 0, "rotation_deg": 0, "perspective": 0, "horizontal_flip_probability": 0}
    plain = {picture.numpy().tobytes() for pictures, _ in val_loader(samples, quick_config()) for picture in pictures}
    unvaried = [p for pictures, _ in statistics_loader(samples, quick_config(augmentation=still)) for p in pictures]
    assert {picture.numpy().tobytes() for picture in unvaried} <= plain
    assert len({picture.numpy().tobytes() for picture in unvaried}) == 16
    varied = {p.numpy().tobytes() for pictures, _ in statistics_loader(samples, quick_config()) for p in pictures}
    assert not varied & plain
    trained = {p.numpy().tobytes() for pictures, _ in train_loader(samples, quick_config(), 0) for p in pictures}
    assert not varied & trained
