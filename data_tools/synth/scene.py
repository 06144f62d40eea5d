"""Everything that the frames of one drive share, drawn once and never changed."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.camera import Camera, draw_camera
from data_tools.synth.conditions import Condition
from data_tools.synth.daylight import Daylight, draw_daylight
from data_tools.synth.exposure import Exposure, draw_exposure
from data_tools.synth.fog import Fog
from data_tools.synth.lamps import Lamps
from data_tools.synth.layout import Layout, draw_layout
from data_tools.synth.lens import Dirt
from data_tools.synth.markings import Markings, draw_markings
from data_tools.synth.precipitation import Falls
from data_tools.synth.roadside import Roadside, draw_roadside
from data_tools.synth.skyline import Skyline, draw_skyline
from data_tools.synth.snow import Snow, draw_old_verge_snow, draw_snow
from data_tools.synth.surface import Surface, draw_surface
from data_tools.synth.traffic import Car
from data_tools.synth.verge import Verge, draw_verge
from data_tools.synth.wetness import Wetness, draw_wetness

_OLD_SNOW_ODDS = 0.08
"""Share of dry and wet drives with old snow beside the cleared road."""


@dataclass(frozen=True)
class Scene:
    """Hold the drawn parameters of a drive.

    All but `wetness` and `snow` are drawn without looking at the condition; what has a
    default is drawn for options alone.

    Attributes:
        falls: What is in the air; None: what the road's own water and snow say.
        dark: Whether other cars drive with dipped beams.
    """

    camera: Camera
    layout: Layout
    surface: Surface
    markings: Markings
    verge: Verge
    daylight: Daylight
    skyline: Skyline
    roadside: Roadside
    exposure: Exposure
    wetness: Wetness | None
    snow: Snow | None
    lamps: Lamps | None = None
    fog: Fog | None = None
    dirt: Dirt | None = None
    cars: tuple[Car, ...] = ()
    falls: Falls | None = None
    dark: bool = False


def draw_scene(condition: Condition, seed: np.random.SeedSequence) -> Scene:
    """Draw a scene.

    The same seed gives the same road, light and camera under every condition.

    Args:
        condition: State of the road.
        seed: Source of randomness.
    """
    place, state = (np.random.default_rng(child) for child in seed.spawn(2))
    layout = draw_layout(place)
    old_snow = bool(place.random() < _OLD_SNOW_ODDS)
    if condition == "snow":
        snow: Snow | None = draw_snow(state)
    else:
        snow = draw_old_verge_snow(state) if old_snow else None
    return Scene(
        layout=layout,
        camera=draw_camera(place),
        surface=draw_surface(place),
        markings=draw_markings(place),
        verge=draw_verge(place),
        daylight=draw_daylight(place),
        skyline=draw_skyline(place),
        exposure=draw_exposure(place),
        roadside=draw_roadside(layout, place),
        wetness=draw_wetness(state) if condition == "wet" else None,
        snow=snow,
    )
