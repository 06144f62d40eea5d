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
