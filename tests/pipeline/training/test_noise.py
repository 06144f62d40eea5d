import pytest
import torch

from pipeline.training.noise import device_generator, noised

CPU = torch.device("cpu")


def test_noise_has_the_asked_strength_and_stays_in_range() -> None:
    grey = torch.full((4, 3, 64, 64), 0.5)
    noisy = noised(grey, 20, device_generator(CPU, "a"))
    assert (noisy - grey).std().item() == pytest.approx(20 / 255, rel=0.02)
    strong = noised(grey, 255, device_generator(CPU, "a"))
    assert (strong.min().item(), strong.max().item()) == (0, 1)


def test_noise_depends_on_the_key_alone() -> None:
    black = torch.full((1, 3, 8, 8), 0.5)
    one = noised(black, 40, device_generator(CPU, "noise", 0, 1, 2, 0))
    torch.manual_seed(1)
    assert torch.equal(one, noised(black, 40, device_generator(CPU, "noise", 0, 1, 2, 0)))
    assert not torch.equal(one, noised(black, 40, device_generator(CPU, "noise", 0, 1, 3, 0)))
