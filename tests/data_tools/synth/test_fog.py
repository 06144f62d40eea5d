"""Fog swallows contrast with distance as Koschmieder's law says."""

from dataclasses import replace

import numpy as np
import pytest

from data_tools.synth.camera import Pose
from data_tools.synth.fog import Fog, fog_in_sky, fog_over_skyline, fog_over_things
from data_tools.synth.frame import draw_props, render_radiance
from data_tools.synth.scene import draw_scene

SIZE_PX = (120, 160)
POSE = Pose(along_m=50.0, lateral_m=0.0, horizon_px=40.0, heading_px=0.0, roll_rad=0.0, focal_px=150.0, height_m=1.5)


def render(scene):
    props = replace(draw_props(scene, SIZE_PX, np.random.default_rng(0)), falling=None)
    return render_radiance(scene, props, POSE, 0, SIZE_PX)


def in_fog(scene, visibility_m):
    fog = Fog(visibility_m)
    return replace(
        scene,
        fog=fog,
        daylight=fog_in_sky(fog, scene.daylight),
        roadside=fog_over_things(fog, scene.roadside),
        skyline=fog_over_skyline(fog, scene.skyline),
    )


@pytest.fixture(scope="module")
def scene():
    drawn = draw_scene("dry", np.random.SeedSequence(3))
    return replace(drawn, roadside=replace(drawn.roadside, things=()), snow=None)


def test_two_percent_of_the_contrast_is_left_at_the_visibility():
    assert np.exp(-80.0 * Fog(80.0).extinction_per_m) == pytest.approx(0.02, rel=1e-3)


def test_contrast_falls_with_distance_as_the_law_says(scene):
    fog = in_fog(scene, 40.0)
    clear = render(replace(fog, fog=Fog(1e9)))
    foggy = render(fog)
    for row in (60, 80, 110):
        depth_m = POSE.height_m * POSE.focal_px / (row + 0.5 - POSE.horizon_px)
        left = foggy[row, 20:140, 1].std() / clear[row, 20:140, 1].std()
        assert left == pytest.approx(np.exp(-depth_m * fog.fog.extinction_per_m), rel=0.01)


def test_fog_ends_at_the_horizon_without_a_seam(scene):
    rows = render(in_fog(scene, 40.0)).mean(axis=(1, 2))
    assert np.abs(np.diff(rows[20:60])).max() < 0.05 * rows[40]
