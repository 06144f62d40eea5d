"""Soft thresholds against plain averages."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_tools.synth.ramps import half_plane, smooth_step, stripe

METRES = st.floats(-3.0, 3.0)


@given(offset_m=METRES, half_width_m=st.floats(0.01, 1.0), pixel_m=st.floats(0.01, 2.0))
def test_stripe_is_the_covered_share_of_the_pixel(offset_m, half_width_m, pixel_m):
    low = max(offset_m - pixel_m / 2, -half_width_m)
    high = min(offset_m + pixel_m / 2, half_width_m)
    expected = max(0.0, high - low) / pixel_m
    found = stripe(np.float32([[offset_m]]), half_width_m, np.float32([[pixel_m]]))
    assert found[0, 0] == pytest.approx(expected, abs=1e-3)


def test_half_plane_is_half_on_the_edge():
    found = half_plane(np.float32([-1.0, 0.0, 0.25, 1.0]), np.float32([1.0]))
    assert found.tolist() == [0.0, 0.5, 0.75, 1.0]


def test_smooth_step_runs_from_0_to_1():
    found = smooth_step(np.float32([-1.0, 2.0, 3.0, 4.0, 9.0]), 2.0, 4.0)
    assert found.tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]
