"""Gaussian noise: the exact formula with given noise, and the statistics of drawn noise."""

import math

import numpy as np
import pytest

from data_tools.perturbations.gaussian_noise import add_noise, draw_noise, gaussian_noise
from data_tools.perturbations.registry import perturb

GREY = np.full((200, 250, 3), 128, np.uint8)


def test_formula_pixel_by_pixel():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (7, 9, 3), dtype=np.uint8)
    noise = rng.standard_normal((7, 9, 3), dtype=np.float32)
    result = add_noise(picture, noise, 40)
    for index in np.ndindex(picture.shape):
        exact = min(255.0, max(0.0, int(picture[index]) + 40 * float(noise[index])))
        assert abs(int(result[index]) - exact) <= 0.5 + 1e-4


@pytest.mark.parametrize(
    ("value", "noise", "sigma", "expected"),
    [(250, 1, 10, 255), (5, -1, 10, 0), (100, 1, 10, 110), (100, 0.04, 10, 100), (100, 0.06, 10, 101), (0, 0, 40, 0)],
)
def test_clipping_and_rounding(value: int, noise: float, sigma: float, expected: int):
    picture = np.full((1, 1, 3), value, np.uint8)
    assert add_noise(picture, np.full((1, 1, 3), noise, np.float32), sigma).tolist() == [[[expected] * 3]]


@pytest.mark.parametrize("sigma", [1, 10, 40])
def test_statistics_on_mid_grey(sigma: int):
    added = perturb(GREY, "grey", "gaussian_noise", sigma, 0).astype(float) - 128
    count = added.size
    clipped = 3.2 * 40 if sigma == 40 else math.inf  # 40: three in two thousand pixels are clipped
    assert np.abs(added).max() <= clipped
    assert abs(added.mean()) < 5 * sigma / math.sqrt(count)
    expected = math.sqrt(sigma**2 + 1 / 12)  # rounding adds a uniform error
    assert added.std() == pytest.approx(expected, rel=0.01)


def test_channels_and_pixels_are_independent():
    noise = draw_noise((200, 250, 3), np.random.default_rng(1))
    assert noise.dtype == np.float32
    flat = noise.reshape(-1, 3)
    assert np.abs(np.corrcoef(flat.T) - np.eye(3)).max() < 0.02
    assert abs(np.corrcoef(noise[:, :-1].ravel(), noise[:, 1:].ravel())[0, 1]) < 0.02


def test_perturbation_is_formula_on_draw():
    direct = gaussian_noise(GREY, 12.5, np.random.default_rng(3))
    assert np.array_equal(direct, add_noise(GREY, draw_noise(GREY.shape, np.random.default_rng(3)), 12.5))
