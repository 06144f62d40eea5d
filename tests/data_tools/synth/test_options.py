"""What each option does to the pictures."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from data_tools.synth.conditions import CONDITIONS
from data_tools.synth.config import SynthConfig
from data_tools.synth.drive import DriveSpec, render_drive
from data_tools.synth.options import ANY_SCENE, SceneOptions
from data_tools.synth.precipitation import Falls
from data_tools.synth.scene import draw_scene
from data_tools.synth.staging import stage_scene

SPEC = DriveSpec(drive_id="drive_dry_000", condition="dry", seed=5, frames=1, height=96, width=128)
EVERY = SceneOptions(
    difficulty=0.5,
    time_of_day="night",
    weather="fog",
    headlights="on",
    camera_height_m=(1.0, 2.0),
    curves="winding",
    cars=0.5,
    lens_dirt=0.5,
)


def picture(spec=SPEC, **options):
    return next(iter(render_drive(replace(spec, options=SceneOptions(**options))))).astype(float)


def staged(condition="dry", seed=5, **options):
    place = np.random.SeedSequence(seed).spawn(1)[0]
    return stage_scene(draw_scene(condition, place), condition, SceneOptions(**options), seed)


def test_json_round_trip():
    assert SceneOptions.model_validate_json(EVERY.model_dump_json()) == EVERY
    config = SynthConfig(**EVERY.model_dump(), seed=3)
    assert SynthConfig.model_validate_json(config.model_dump_json()) == config
    assert config.scene_options() == EVERY


@pytest.mark.parametrize(
    "bad",
    [
        {"difficulty": 1.1},
        {"difficulty": -0.1},
        {"time_of_day": "noon"},
        {"weather": "hail"},
        {"headlights": True},
        {"camera_height_m": (2.0, 1.0)},
        {"camera_height_m": (0.0, 1.0)},
        {"curves": 3},
        {"cars": 1.5},
        {"lens_dirt": -1},
        {"dirt": 0.5},
    ],
)
def test_out_of_range_or_unknown_keys_are_refused(bad):
    with pytest.raises(ValidationError, match=next(iter(bad))):
        SceneOptions.model_validate(bad)


def test_options_at_rest_leave_the_scene_alone():
    assert stage_scene(scene := draw_scene("wet", np.random.SeedSequence(1)), "wet", ANY_SCENE, 1) is scene


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("condition", CONDITIONS)
def test_night_is_darker_than_day(condition, seed):
    spec = replace(SPEC, condition=condition, seed=seed)
    day, night = picture(spec, time_of_day="day"), picture(spec, time_of_day="night")
    assert night.mean() < 0.8 * day.mean()
    assert night[:15].mean() < 0.6 * day[:15].mean()


def test_headlights_light_the_road_ahead_and_not_the_sky():
    on, off = picture(time_of_day="night"), picture(time_of_day="night", headlights="off")
    assert on[60:90, 44:84].mean() / on[:15].mean() > 2.0 * off[60:90, 44:84].mean() / off[:15].mean()
    assert staged(time_of_day="night", headlights="off").lamps is None
    assert staged(time_of_day="day", headlights="auto").lamps is None
    assert staged(time_of_day="day", headlights="on").lamps.beam < 0.1 * staged(time_of_day="night").lamps.beam


def test_camera_height_is_drawn_from_the_range():
    heights = [staged(seed=seed, camera_height_m=(2.5, 3.0)).camera.height_m for seed in range(20)]
    assert 2.5 <= min(heights) < 2.65
    assert 2.85 < max(heights) <= 3.0


@pytest.mark.parametrize("condition", CONDITIONS)
def test_weather_says_what_falls(condition):
    falls = {air: staged(condition, weather=air).falls for air in ("clear", "overcast", "rain", "snowfall", "fog")}
    for air in ("clear", "overcast", "fog"):
        assert falls[air] == Falls(rain=0, flakes=0)
    assert (falls["rain"].rain > 0) == (condition != "dry")
    assert falls["rain"].flakes == falls["snowfall"].rain == 0
    assert falls["snowfall"].flakes > 0


def test_mixed_draws_every_hour_and_weather():
    scenes = [staged(seed=seed, time_of_day="mixed", weather="mixed") for seed in range(40)]
    assert {scene.lamps is not None for scene in scenes} == {True, False}
    assert {scene.fog is not None for scene in scenes} == {True, False}
    assert {scene.falls.flakes > 0 for scene in scenes} == {True, False}


def test_options_change_nothing_else():
    bare, night = staged(weather="clear"), staged(weather="clear", time_of_day="night", lens_dirt=0.3)
    for name in ("layout", "surface", "markings", "verge", "skyline", "camera", "roadside"):
        assert getattr(bare, name) == getattr(night, name)


def test_cars_appear_and_denser_roads_keep_them():
    seeds = range(12)
    counts = [[set(staged(seed=seed, cars=density).cars) for seed in seeds] for density in (0.0, 0.3, 1.0)]
    assert all(not cars for cars in counts[0])
    assert all(few <= many for few, many in zip(counts[1], counts[2], strict=True))
    assert sum(map(len, counts[1])) < 0.6 * sum(map(len, counts[2]))
    spec = replace(SPEC, seed=next(seed for seed in seeds if any(car.start_m < 40 for car in counts[2][seed])))
    assert np.abs(picture(spec, cars=1.0) - picture(spec, cars=0.0)).max() > 40.0
