"""Choose what one drive is like from the options and the dial."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.difficulty import STEPS
from data_tools.synth.options import Curves, SceneOptions
from data_tools.synth.weather import Air, Hour

_HOURS: tuple[Hour, ...] = ("day", "dusk", "night")
_AIRS: tuple[Air, ...] = ("clear", "overcast", "rain", "snowfall", "fog")


@dataclass(frozen=True)
class DrivePlan:
    """Hold what the options choose for one drive; None leaves a thing as the scene draws it.

    Attributes:
        hour: Time of day.
        air: Weather.
        height_m: Height of the lens.
        curves: How much the road bends.
        cars: Density of other cars, 0 to 1.
        dirt: Dirt on the lens, 0 to 1.
        stray_light: Extra share of stray light.
        noise_factor: Factor of the sensor noise.
        blur_px: Extra lens blur at 500 px width.
        ambiguity: How hard the state of the road is to tell, 0 to 1.
    """

    hour: Hour | None = None
    air: Air | None = None
    height_m: float | None = None
    curves: Curves = "any"
    cars: float | None = None
    dirt: float = 0.0
    stray_light: float = 0.0
    noise_factor: float = 1.0
    blur_px: float = 0.0
    ambiguity: float | None = None


def plan_drive(options: SceneOptions, rng: np.random.Generator) -> DrivePlan:
    """Choose what one drive is like.

    The same numbers are drawn whatever the options say, so that a drive changes no more
    than an option asks for, and turning the dial up moves every drive the same way.
    """
    at_hour, at_air, at_fall, at_curve, at_height, at_cars, at_dirt, at_veil, at_blur = rng.random(9)
    low, high = options.camera_height_m or (0.0, 0.0)
    height_m = low + (high - low) * float(at_height) if options.camera_height_m else None
    hour, air, curves = _hour(options, at_hour), _air(options, at_air, at_fall), options.curves
    dial = options.difficulty
    if dial is None:
        return DrivePlan(
            hour=hour, air=air, height_m=height_m, curves=curves, cars=options.cars, dirt=options.lens_dirt or 0.0
        )
    if curves == "any":
        curves = "winding" if at_curve < STEPS["winding_odds"].at(dial) else "gentle"
    return DrivePlan(
        hour=hour,
        air=air,
        height_m=height_m,
        curves=curves,
        cars=options.cars if options.cars is not None else float(at_cars) * STEPS["cars"].at(dial),
        dirt=options.lens_dirt if options.lens_dirt is not None else float(at_dirt) * STEPS["lens_dirt"].at(dial),
        stray_light=float(at_veil) * STEPS["stray_light"].at(dial),
        noise_factor=STEPS["noise_factor"].at(dial),
        blur_px=float(at_blur) * STEPS["blur_px"].at(dial),
        ambiguity=STEPS["ambiguity"].at(dial),
    )


def _hour(options: SceneOptions, draw: float) -> Hour | None:
    """Choose the time of day."""
    if options.time_of_day == "mixed":
        return _HOURS[int(draw * len(_HOURS))]
    if options.time_of_day != "any":
        return options.time_of_day
    if options.difficulty is None:
        return None
    night = STEPS["night_odds"].at(options.difficulty)
    dusk = STEPS["dusk_odds"].at(options.difficulty)
    return "night" if draw < night else "dusk" if draw < night + dusk else "day"


def _air(options: SceneOptions, draw: float, fall: float) -> Air | None:
    """Choose the weather; `fall` decides between rain and snowfall."""
    if options.weather == "mixed":
        return _AIRS[int(draw * len(_AIRS))]
    if options.weather != "any":
        return options.weather
    if options.difficulty is None:
        return None
    fog = STEPS["fog_odds"].at(options.difficulty)
    falling = fog + STEPS["falling_odds"].at(options.difficulty)
    if draw < fog:
        return "fog"
    if draw < falling:
        return "rain" if fall < 0.6 else "snowfall"
    return "clear" if draw > 1.0 - STEPS["clear_odds"].at(options.difficulty) else "overcast"
