"""What water and snow do to the road, and what they leave alone."""

from dataclasses import replace

import numpy as np
import pytest

from data_tools.synth.camera import Pose, cast_ground
from data_tools.synth.layout import Layout, wheel_paths
from data_tools.synth.scene import draw_scene
from data_tools.synth.snow import cover_road, draw_snow, lay_blanket
from data_tools.synth.textures import draw_textures
from data_tools.synth.wetness import Mirror, Water, draw_wetness, reflect, wet_albedo

ROWS, COLS = (60, 120), 96
POSE = Pose(along_m=9.0, lateral_m=0.0, horizon_px=50.0, heading_px=0.0, roll_rad=0.0, focal_px=90.0, height_m=1.4)
GROUND = cast_ground(POSE, 0.0, COLS, ROWS)
SHAPE = GROUND.side_m.shape
ROAD = np.full((*SHAPE, 3), 0.15, dtype=np.float32)
LAYOUT = Layout(lane_m=3.5, lanes_left=1, lanes_right=0, shoulder_m=0.5, ragged_m=0.1, path_half_m=0.3, curve_per_m=0.0)


def still_water(level):
    full = np.full(SHAPE, level, dtype=np.float32)
    return Water(film=full, puddle=full, waves=np.zeros(SHAPE, dtype=np.float32))


def sky_mirror():
    sky = np.full((ROWS[1], COLS, 3), 1.0, dtype=np.float32)
    return Mirror(sharp=sky, soft=sky)


def test_no_water_changes_nothing():
    wetness = draw_wetness(np.random.default_rng(0))
    assert np.array_equal(wet_albedo(wetness, ROAD, still_water(0.0)), ROAD)
    assert np.array_equal(reflect(wetness, ROAD, sky_mirror(), still_water(0.0), GROUND), ROAD)


def test_water_darkens_and_reflects_more_at_grazing_angles():
    wetness = draw_wetness(np.random.default_rng(0))
    assert (wet_albedo(wetness, ROAD, still_water(1.0)) < ROAD).all()
    wet = reflect(wetness, ROAD, sky_mirror(), still_water(1.0), GROUND)[:, COLS // 2, 0]
    assert (np.diff(wet) < 0.0).all()
    assert wet[0] > 0.5
    assert wet[-1] < 0.35


@pytest.mark.parametrize(("cover", "low", "high"), [(0.0, 0.0, 0.25), (0.98, 0.8, 1.0)])
def test_snow_cover_follows_its_parameter(cover, low, high):
    snow = replace(draw_snow(np.random.default_rng(0)), road_cover=cover, track_bare=0.0, slush=0.0)
    textures = draw_textures(np.random.default_rng(1))
    blanket = lay_blanket(snow, wheel_paths(LAYOUT, GROUND), GROUND, textures)
    white = cover_road(snow, blanket, GROUND, textures, ROAD)[..., 1] > 0.4
    assert low <= white.mean() <= high


def test_tyres_bare_the_wheel_paths():
    snow = replace(draw_snow(np.random.default_rng(0)), road_cover=0.7, track_bare=0.9, slush=0.0)
    textures = draw_textures(np.random.default_rng(1))
    paths = wheel_paths(LAYOUT, GROUND)
    albedo = cover_road(snow, lay_blanket(snow, paths, GROUND, textures), GROUND, textures, ROAD)[..., 1]
    assert albedo[paths > 0.95].mean() < 0.6 * albedo[paths == 0.0].mean()


def test_place_and_light_do_not_depend_on_the_condition():
    dry, wet, snow = (draw_scene(condition, np.random.SeedSequence(8)) for condition in ("dry", "wet", "snow"))
    for name in ("camera", "layout", "surface", "markings", "verge", "daylight", "skyline", "exposure", "roadside"):
        assert getattr(dry, name) == getattr(wet, name) == getattr(snow, name)


@pytest.mark.parametrize("seed", range(30))
def test_only_the_drawn_condition_lies_on_the_road(seed):
    for condition in ("dry", "wet", "snow"):
        scene = draw_scene(condition, np.random.SeedSequence(seed))
        assert (scene.wetness is not None) == (condition == "wet")
        assert (scene.snow is not None and scene.snow.road_cover > 0.0) == (condition == "snow")
