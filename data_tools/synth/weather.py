"""What falls from the sky, and the light that goes with it."""

from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np

from data_tools.synth.daylight import Daylight, DaylightKind, draw_daylight
from data_tools.synth.fog import draw_fog, fog_in_sky, fog_over_skyline, fog_over_things
from data_tools.synth.precipitation import Falls
from data_tools.synth.scene import Scene

Hour: TypeAlias = Literal["day", "dusk", "night"]
Air: TypeAlias = Literal["clear", "overcast", "rain", "snowfall", "fog"]

_DAYS: tuple[DaylightKind, ...] = ("clear", "broken", "overcast", "low_sun")
_DAY_ODDS = (0.24, 0.52, 0.87)
"""Odds summed up: those of any daylight, without dusk."""


def light_scene(scene: Scene, hour: Hour | None, air: Air | None, rng: np.random.Generator) -> Scene:
    """Return a scene at an hour and in a weather.

    Args:
        scene: As drawn.
        hour: Time of day; None keeps the drawn one.
        air: Weather; None keeps the drawn one.
        rng: Source of randomness; what is read does not depend on `hour` and `air`.
    """
    was_dusk = scene.daylight.headlight > 0.0
    kept: Hour = hour or ("dusk" if was_dusk else "day")
    fair: DaylightKind = "low_sun" if rng.random() < 0.2 else "clear"
    any_day = _DAYS[int(np.searchsorted(_DAY_ODDS, rng.random()))]
    by_air: dict[Air | None, DaylightKind] = {None: any_day, "clear": fair}
    kind = by_air.get(air, "overcast") if kept == "day" else kept
    drawn, fog, amount = draw_daylight(rng, kind), draw_fog(rng), float(rng.random())
    as_drawn = air is None and (hour is None or (kept == "dusk") == was_dusk) and kept != "night"
    daylight = scene.daylight if as_drawn else drawn
    if not as_drawn and kept != "day":
        daylight = replace(daylight, cloud_cover=_night_clouds(daylight, air))
    if air == "fog":
        daylight = fog_in_sky(fog, daylight)
        scene = replace(
            scene,
            fog=fog,
            roadside=fog_over_things(fog, scene.roadside),
            skyline=fog_over_skyline(fog, scene.skyline),
        )
    if air is not None:
        scene = _let_fall(scene, air, amount)
    return replace(scene, daylight=daylight, dark=kept != "day" or air in ("fog", "rain", "snowfall"))


def _night_clouds(daylight: Daylight, air: Air | None) -> float:
    """Return the cloud cover of a dark sky."""
    if air is None:
        return daylight.cloud_cover
    return 0.25 * daylight.cloud_cover if air == "clear" else 0.5 + 0.5 * daylight.cloud_cover


def _let_fall(scene: Scene, air: Air, amount: float) -> Scene:
    """Let rain or snow fall, or nothing.

    Rain leaves no road dry, so it falls on wet and snowy roads only. Flakes fall on
    any road: where they do not lie they are few.
    """
    snowy = scene.snow is not None and scene.snow.road_cover > 0.0
    dry = not snowy and scene.wetness is None
    rain = 60 + int(200 * amount) if air == "rain" and not dry else 0
    fewest, more = (80, 340) if snowy else (20, 100) if dry else (60, 190)
    flakes = fewest + int(more * amount) if air == "snowfall" else 0
    return replace(scene, falls=Falls(rain=rain, flakes=flakes))
