import numpy as np
import pytest
import torch

from pipeline.training.method_config import (
    BothConfig,
    FgsmConfig,
    MethodConfig,
    NormalConfig,
    PgdConfig,
    RobustConfig,
    SignConfig,
)
from pipeline.training.noise import device_generator, noised
from pipeline.training.preview.noise import noise_of

GREY = np.full((60, 60, 3), 128, np.uint8)


def test_gaussian_noise_has_the_training_noises_distribution() -> None:
    """Dark and bright enough that the clipping shows."""
    ramp = np.repeat(np.linspace(0, 255, 60).astype(np.uint8)[:, None, None], 900, axis=1).repeat(3, axis=2)
    noise = noise_of(RobustConfig(sigma=40))
    assert noise is not None
    ours, caption = noise(ramp, 0)
    unit = torch.from_numpy(ramp / 255).permute(2, 0, 1)[None].float()
    theirs = 255 * noised(unit, 40, device_generator(torch.device("cpu"), "test"))[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(ours.mean(axis=(1, 2)), theirs.mean(axis=(1, 2)), atol=4)
    np.testing.assert_allclose(ours.std(axis=(1, 2)), theirs.std(axis=(1, 2)), atol=4)
    assert caption == "noise, sigma 40"


def test_noise_depends_on_its_key_alone() -> None:
    noise = noise_of(BothConfig())
    assert noise is not None
    np.testing.assert_array_equal(noise(GREY, 0, "a", 1)[0], noise(GREY, 0, "a", 1)[0])
    assert not np.array_equal(noise(GREY, 0, "a", 1)[0], noise(GREY, 0, "a", 2)[0])


def test_each_picture_draws_its_level_and_the_caption_names_it() -> None:
    noise = noise_of(BothConfig(sigma=30, sigma_from=10))
    assert noise is not None
    levels = []
    for key in range(40):
        noisy, caption = noise(GREY, key)
        levels.append(float(caption.removeprefix("noise, sigma ")))
        assert noisy.std() == pytest.approx(levels[-1], rel=0.05)
    assert 10 <= min(levels) < 13
    assert 27 < max(levels) <= 30


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
def test_sign_noise_moves_a_share_of_the_value(probability: float) -> None:
    noise = noise_of(SignConfig(epsilon=0.25, probability=probability))
    assert noise is not None
    noisy, _ = noise(GREY, 0)
    assert set(np.unique(noisy)) == {0.0: {96}, 0.5: {96, 160}, 1.0: {160}}[probability]
    assert (noise(np.zeros_like(GREY), 0)[0] == 0).all()
    assert (noise(np.full_like(GREY, 250), 0)[0] >= 187).all()


@pytest.mark.parametrize(
    "method", [NormalConfig(), FgsmConfig(), PgdConfig(), SignConfig(on_input=False, hidden=("features",))]
)
def test_what_needs_a_network_has_none(method: MethodConfig) -> None:
    assert noise_of(method) is None
