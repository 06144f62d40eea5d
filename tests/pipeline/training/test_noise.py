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


@pytest.mark.parametrize("sigma_from", [None, 10.0])
def test_the_memory_layout_stays_and_the_draws_do_not_depend_on_it(sigma_from: float | None) -> None:
    pictures = torch.rand(2, 3, 8, 8)
    last = pictures.contiguous(memory_format=torch.channels_last)
    noisy = noised(last, 40, device_generator(CPU, "a"), sigma_from=sigma_from)
    assert noisy.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(noisy, noised(pictures, 40, device_generator(CPU, "a"), sigma_from=sigma_from))


def test_each_picture_draws_its_own_level() -> None:
    grey = torch.full((400, 3, 16, 16), 0.5)
    noisy = noised(grey, 40, device_generator(CPU, "a"), sigma_from=10)
    levels = 255 * (noisy - grey).flatten(1).std(dim=1)
    assert levels.min().item() == pytest.approx(10, abs=1.5)
    assert levels.max().item() == pytest.approx(40, abs=2.5)
    assert levels.mean().item() == pytest.approx(25, abs=1.5)
