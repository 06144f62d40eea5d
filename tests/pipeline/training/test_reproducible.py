import pytest
import torch

from pipeline.training.reproducible import reproducible


def fail_within() -> None:
    with reproducible(0, threads=1):
        assert torch.get_num_threads() == 1
        assert torch.are_deterministic_algorithms_enabled()
        torch.rand(3)
        raise RuntimeError("stop")


def test_settings_are_put_back_also_after_an_error() -> None:
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    with pytest.raises(RuntimeError, match="stop"):
        fail_within()
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.equal(torch.get_rng_state(), state)


def test_the_seed_decides_the_draws() -> None:
    draws = []
    for seed in (0, 0, 1):
        with reproducible(seed, None):
            draws.append(torch.rand(2).tolist())
    assert draws[0] == draws[1] != draws[2]
