from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.errors import InputError
from pipeline.training.data.sampling import Draw, EpochSampler


def test_every_epoch_has_its_own_order_of_all_pictures() -> None:
    sampler = EpochSampler(20, seed=0, epoch=0)
    first, again = list(sampler), list(sampler)
    assert first == again
    assert sorted(draw.row for draw in first) == list(range(20))
    sampler.set_epoch(5)
    fifth = list(sampler)
    assert fifth == list(EpochSampler(20, seed=0, epoch=5))
    assert fifth[0].epoch == 5
    assert [draw.row for draw in fifth] != [draw.row for draw in first]
    assert list(EpochSampler(20, seed=1, epoch=5)) != fifth
    assert isinstance(fifth[0], Draw)
    assert all(draw.repeat == 0 for draw in first)


def test_the_order_is_that_of_earlier_releases() -> None:
    assert [draw.row for draw in EpochSampler(10, seed=0, epoch=3)] == [7, 3, 0, 5, 4, 8, 2, 9, 6, 1]


@settings(derandomize=True, deadline=None)
@given(
    size=st.integers(1, 90),
    share=st.integers(1, 7),
    world_size=st.sampled_from([1, 2, 3, 4]),
    balance=st.booleans(),
    epoch=st.integers(0, 3),
)
def test_the_ranks_batches_together_are_the_one_ranks_batch(
    size: int, share: int, world_size: int, balance: bool, epoch: int
) -> None:
    batch = share * world_size
    labels = [row % 3 for row in range(size)] if balance else None
    alone = EpochSampler(size, 0, epoch, batch_size=batch, labels=labels)
    if size < batch and world_size > 1:
        with pytest.raises(InputError, match=f"{batch} or more training pictures"):
            EpochSampler(size, 0, epoch, batch_size=batch, rank=0, world_size=world_size, labels=labels)
        return
    whole = list(alone)
    assert len(whole) == len(alone) == (size if size < batch else size // batch * batch)
    everything = list(EpochSampler(size, 0, epoch, labels=labels))
    assert whole == everything[: len(whole)]
    ranks = [
        EpochSampler(size, 0, epoch, batch_size=batch, rank=rank, world_size=world_size, labels=labels)
        for rank in range(world_size)
    ]
    parts = [list(sampler) for sampler in ranks]
    assert [len(sampler) for sampler in ranks] == [len(part) for part in parts]
    step = min(batch, size) // world_size
    joined = [draw for start in range(0, len(parts[0]), step) for part in parts for draw in part[start : start + step]]
    assert joined == whole


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rank": 2, "world_size": 2, "batch_size": 4}, "rank 2 of 2"),
        ({"world_size": 2}, "multiple of 2 ranks, got None"),
        ({"world_size": 2, "batch_size": 5}, "multiple of 2 ranks, got 5"),
        ({"labels": [0, 1]}, "label for each of 8 pictures, got 2"),
    ],
)
def test_what_cannot_be_shared_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EpochSampler(8, 0, 0, **changes)


def test_no_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="1 or more pictures"):
        EpochSampler(0, 0, 0)


def test_balanced_draws_have_the_classes_equally_often() -> None:
    labels = [0] * 800 + [1] * 150 + [4] * 50
    sampler = EpochSampler(1000, 0, 0, labels=labels)
    drawn = []
    for epoch in range(30):
        sampler.set_epoch(epoch)
        rows = [draw.row for draw in sampler]
        assert len(rows) == 1000
        drawn += rows
    shares = np.bincount(np.array(labels)[drawn], minlength=5) / len(drawn)
    np.testing.assert_allclose(shares, [1 / 3, 1 / 3, 0, 0, 1 / 3], atol=0.01)
    within = np.bincount(drawn, minlength=1000)[950:]
    np.testing.assert_allclose(within, 200, atol=60)  # 4 standard deviations
    assert list(EpochSampler(1000, 0, 29, labels=labels)) == list(sampler)
    assert list(EpochSampler(1000, 1, 29, labels=labels)) != list(sampler)


def test_every_draw_of_a_picture_is_told_from_the_others() -> None:
    draws = list(EpochSampler(60, 0, 2, labels=[0] * 55 + [1] * 5))
    assert len(set(draws)) == 60
    before: Counter[int] = Counter()
    for draw in draws:
        assert draw.repeat == before[draw.row]
        before[draw.row] += 1
    assert max(before.values()) > 3
