"""Winding roads, against numerical integration and against what is drawn."""

import numpy as np
import pytest

from data_tools.synth.camera import Pose, cast_ground
from data_tools.synth.layout import Layout
from data_tools.synth.projection import foot_of
from data_tools.synth.winding import Winding, bend_m, draw_winding, heading_rad

WINDING = Winding(amplitude_per_m=1 / 60.0, wave_m=150.0, phase_rad=0.7)
POSE = Pose(along_m=33.0, lateral_m=0.2, horizon_px=50.0, heading_px=0.0, roll_rad=0.0, focal_px=200.0, height_m=1.5)
LAYOUT = Layout(
    lane_m=3.5, lanes_left=1, lanes_right=0, shoulder_m=0.5, ragged_m=0.1, path_half_m=0.3, curve_per_m=0.0,
    winding=WINDING,
)  # fmt: skip


def integrated(ahead_m):
    """Integrate the curvature twice in small steps; return (heading change, offset)."""
    along_m = np.linspace(33.0, 33.0 + ahead_m, 20001)
    step_m = along_m[1] - along_m[0]
    curvature = WINDING.amplitude_per_m * np.sin(2 * np.pi * along_m / WINDING.wave_m + WINDING.phase_rad)
    heading = np.concatenate([[0.0], np.cumsum((curvature[1:] + curvature[:-1]) / 2) * step_m])
    return heading[-1], np.sum((heading[1:] + heading[:-1]) / 2) * step_m


@pytest.mark.parametrize("ahead_m", [5.0, 40.0, 120.0])
def test_bend_is_the_double_integral_of_the_curvature(ahead_m):
    turned, offset_m = integrated(ahead_m)
    assert heading_rad(WINDING, 33.0 + ahead_m) - heading_rad(WINDING, 33.0) == pytest.approx(turned, abs=1e-6)
    assert bend_m(WINDING, 33.0, ahead_m) == pytest.approx(offset_m, abs=1e-4)
    assert bend_m(WINDING, 33.0, np.float32([[ahead_m]]))[0, 0] == pytest.approx(offset_m, abs=1e-3)


def test_centre_line_of_the_ground_bends_with_the_road():
    ground = cast_ground(POSE, 0.0, 160, (55, 120), WINDING)
    for row in (0, 10, 40):
        col = np.abs(ground.side_m[row]).argmin()
        assert 0 < col < 159
        depth_m = float(ground.depth_m[row, col])
        assert foot_of(0.0, depth_m, LAYOUT, POSE, 160)[0] == pytest.approx(col + 0.5, abs=1.0)
    straight = cast_ground(POSE, 0.0, 160, (55, 120))
    shift_px = np.abs(ground.side_m[0]).argmin() - np.abs(straight.side_m[0]).argmin()
    assert abs(shift_px) > 20


@pytest.mark.parametrize("seed", range(8))
def test_draws_bend_where_they_should(seed):
    drawn = draw_winding(np.random.default_rng(seed), near_m=70.0)
    curvature = drawn.amplitude_per_m * np.sin(2 * np.pi / drawn.wave_m * 70.0 + drawn.phase_rad)
    assert 1 / 110 * 0.69 < abs(curvature) <= 1 / 45
    assert drawn.largest_heading_rad < 0.75
