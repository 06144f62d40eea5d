"""The perspective, against a plain ray cast and against what is drawn."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from data_tools.synth.camera import Pose, cast_ground, ground_rows
from data_tools.synth.frame import draw_props, render_radiance
from data_tools.synth.scene import draw_scene

SIZE_PX = (240, 320)
POSE = Pose(along_m=50.0, lateral_m=0.3, horizon_px=90.0, heading_px=0.0, roll_rad=0.0, focal_px=300.0, height_m=1.5)


def ray_hit(pose, row, col):
    """Return (side, ahead) in metres where the ray of a pixel meets flat ground."""
    right, down = col + 0.5 - SIZE_PX[1] / 2, row + 0.5 - pose.horizon_px
    cos, sin = np.cos(pose.roll_rad), np.sin(pose.roll_rad)
    direction = np.array([right * cos + down * sin, down * cos - right * sin, pose.focal_px])
    hit = direction * (pose.height_m / direction[1])
    return hit[0] + pose.lateral_m, hit[2]


@pytest.mark.parametrize("roll_rad", [0.0, 0.05, -0.03])
@pytest.mark.parametrize(("row", "col"), [(239, 0), (239, 319), (150, 160), (125, 40)])
def test_ground_is_where_the_ray_meets_it(roll_rad, row, col):
    pose = replace(POSE, roll_rad=roll_rad)
    ground = cast_ground(pose, 0.0, SIZE_PX[1], (100, SIZE_PX[0]))
    side_m, ahead_m = ray_hit(pose, row, col)
    assert ground.depth_m[row - 100, col] == pytest.approx(ahead_m, rel=1e-4)
    assert ground.side_m[row - 100, col] == pytest.approx(side_m, rel=1e-3, abs=1e-3)
    assert ground.along_m[row - 100, col] == pytest.approx(ahead_m + 50.0, rel=1e-4)


def test_footprint_is_the_step_to_the_next_pixel():
    ground = cast_ground(POSE, 0.0, SIZE_PX[1], (150, 240))
    assert np.diff(ground.side_m[40])[:5] == pytest.approx(ground.pixel_x_m[40, :5], rel=1e-3)
    step_m = (ground.depth_m[39, 0] - ground.depth_m[41, 0]) / 2
    assert ground.pixel_z_m[40, 0] == pytest.approx(step_m, rel=1e-3)


def test_bands_join_without_a_seam():
    whole = cast_ground(POSE, 0.002, SIZE_PX[1], (100, 240))
    lower = cast_ground(POSE, 0.002, SIZE_PX[1], (170, 240))
    assert np.array_equal(whole.side_m[70:], lower.side_m)


@pytest.mark.parametrize("roll_rad", [0.0, 0.06, -0.06])
def test_ground_rows_bracket_the_horizon(roll_rad):
    pose = replace(POSE, roll_rad=roll_rad)
    first, sky_end = ground_rows(pose, SIZE_PX)
    whole = cast_ground(pose, 0.0, SIZE_PX[1], (0, SIZE_PX[0]))
    assert not whole.cover[:first].any()
    assert (whole.cover[sky_end:] == 1.0).all()


def texture(picture):
    """Return the local contrast of a picture."""
    return picture - cv2.GaussianBlur(picture, (0, 0), 4)


@pytest.mark.parametrize("condition", ["dry", "wet", "snow"])
def test_road_texture_moves_towards_the_camera(condition):
    scene = draw_scene(condition, np.random.SeedSequence(3))
    scene = replace(scene, layout=replace(scene.layout, curve_per_m=0.0), roadside=replace(scene.roadside, things=()))
    props = replace(draw_props(scene, SIZE_PX, np.random.default_rng(0)), falling=None)
    advance_m = 0.7
    before = render_radiance(scene, props, POSE, 0, SIZE_PX).mean(axis=2)
    after = render_radiance(scene, props, replace(POSE, along_m=POSE.along_m + advance_m), 1, SIZE_PX).mean(axis=2)

    rows, cols = np.mgrid[140:180, 100:220].astype(np.float32)
    down = rows + 0.5 - POSE.horizon_px
    nearer = 1.0 / (1.0 - advance_m * down / (POSE.height_m * POSE.focal_px))
    moved_rows = down * nearer + POSE.horizon_px - 0.5
    moved_cols = (cols + 0.5 - SIZE_PX[1] / 2) * nearer + SIZE_PX[1] / 2 - 0.5
    followed = cv2.remap(after.astype(np.float32), moved_cols, moved_rows, cv2.INTER_LINEAR)

    still = texture(before)[140:180, 100:220]
    tracked = np.corrcoef(still.ravel(), texture(followed).ravel())[0, 1]
    fixed = np.corrcoef(still.ravel(), texture(after)[140:180, 100:220].ravel())[0, 1]
    assert tracked > 0.5
    assert tracked > fixed + 0.25
