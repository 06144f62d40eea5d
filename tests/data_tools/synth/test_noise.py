"""Texture tiles: statistics, seams, lookup."""

import numpy as np
import pytest

from data_tools.synth.noise import TILE_PX, relief_tile, sample_tile, spectral_tile


@pytest.fixture(scope="module")
def tile():
    return spectral_tile(np.random.default_rng(0), slope=1.4)


def test_has_zero_mean_and_unit_deviation(tile):
    assert tile.shape == (TILE_PX, TILE_PX)
    assert tile.dtype == np.float32
    assert tile.mean() == pytest.approx(0.0, abs=1e-4)
    assert tile.std() == pytest.approx(1.0, abs=1e-4)
    assert relief_tile(tile).std() == pytest.approx(1.0, abs=1e-4)


def test_repeats_without_a_seam(tile):
    inside = np.abs(np.diff(tile, axis=0)).mean()
    across_the_seam = np.abs(tile[0] - tile[-1]).mean()
    assert across_the_seam < 1.5 * inside


def test_lookup_reads_texels_and_wraps(tile):
    texel_m = 2.0 / TILE_PX
    cols = np.array([[0, 5, TILE_PX + 5, -TILE_PX + 5]], dtype=np.float32)
    rows = np.full_like(cols, 9)
    found = sample_tile(tile, cols * texel_m, rows * texel_m, (2.0, 2.0))
    assert found[0] == pytest.approx(tile[9, [0, 5, 5, 5]], abs=1e-3)


def test_lookup_between_texels_is_the_mean(tile):
    x_m = np.array([[10.5 / TILE_PX]], dtype=np.float32)
    y_m = np.array([[20.0 / TILE_PX]], dtype=np.float32)
    assert sample_tile(tile, x_m, y_m, (1.0, 1.0))[0, 0] == pytest.approx(tile[20, 10:12].mean(), abs=1e-3)
