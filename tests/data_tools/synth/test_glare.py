"""Lamps in the picture."""

import numpy as np
import pytest

from data_tools.synth.glare import Light, add_light

SIZE = (101, 201, 3)


def lamp(radius_px, scatter=0.0, col_px=100.5, row_px=50.5):
    return Light(col_px, row_px, radius_px, np.float32([2.0, 1.0, 0.5]), scatter)


def lit(light):
    image = np.zeros(SIZE, dtype=np.float32)
    add_light(image, light)
    return image


@pytest.mark.parametrize("radius_px", [0.1, 0.8, 3.0])
def test_flux_follows_the_area_of_the_lamp(radius_px):
    flux = lit(lamp(radius_px))[..., 1].sum()
    assert flux / (np.pi * radius_px**2) == pytest.approx(1.0, abs=0.2)


def test_halo_fades_outwards_and_ends_softly():
    row = lit(lamp(2.0))[50, 100:, 1]
    assert (np.diff(row) <= 1e-7).all()
    assert row[0] > 100 * row[10]
    assert row[43] < 1e-3 * row[10]


def test_fog_spreads_the_light():
    clear, foggy = lit(lamp(2.0)), lit(lamp(2.0, scatter=0.8))
    assert foggy[50, 100, 1] < 0.5 * clear[50, 100, 1]
    assert foggy[50, 120, 1] > 2.0 * clear[50, 120, 1]


def test_colour_is_the_lamps():
    assert lit(lamp(1.0))[50, 100] == pytest.approx(lit(lamp(1.0))[50, 100, 1] * np.float32([2.0, 1.0, 0.5]))


def test_lamp_outside_the_picture_is_left_out():
    assert not lit(lamp(2.0, col_px=-80.0)).any()
