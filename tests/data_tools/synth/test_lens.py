"""Dirt on the lens."""

import numpy as np
import pytest

from data_tools.synth.lens import Dirt, draw_transmission, look_through

SIZE_PX = (80, 100)


@pytest.mark.parametrize("seed", range(3))
def test_dirtier_lenses_let_less_light_through(seed):
    means = [draw_transmission(Dirt(amount, seed), SIZE_PX).mean() for amount in (0.05, 0.3, 0.6, 1.0)]
    assert means == sorted(means, reverse=True)
    assert means[0] > 0.95
    assert means[-1] < 0.85


def test_transmission_is_a_smooth_share():
    found = draw_transmission(Dirt(1.0, 4), (320, 400))
    assert found.shape == (320, 400)
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    assert np.abs(np.diff(found, axis=1)).max() < 0.15


def test_dirt_attenuates_and_scatters_the_rest():
    image = np.full((*SIZE_PX, 3), 2.0, dtype=np.float32)
    transmission = np.full(SIZE_PX, 0.6, dtype=np.float32)
    assert look_through(transmission, image) == pytest.approx(2.0 * 0.6 + 0.3 * 0.4 * 2.0)


def test_clean_lens_changes_nothing():
    image = np.random.default_rng(0).random((*SIZE_PX, 3), dtype=np.float32)
    assert np.array_equal(look_through(np.ones(SIZE_PX, dtype=np.float32), image), image)
