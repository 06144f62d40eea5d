"""Change a drawn scene to what the options ask for."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data_tools.randomness import keyed_generator
from data_tools.synth.ambiguity import blur_condition
from data_tools.synth.arrays import Rgb
from data_tools.synth.conditions import Condition
from data_tools.synth.exposure import Exposure
from data_tools.synth.lamps import backscatter, draw_lamps
from data_tools.synth.layout import Layout
from data_tools.synth.lens import Dirt
from data_tools.synth.options import ANY_SCENE, Curves, Headlights, SceneOptions
from data_tools.synth.plan import DrivePlan, plan_drive
from data_tools.synth.scene import Scene
from data_tools.synth.traffic import draw_traffic
from data_tools.synth.weather import light_scene
from data_tools.synth.winding import draw_winding

_GENTLE_PER_M = 0.0018
_BY_DAY = 0.03
"""Headlights by day, against those in the dark: hardly to be seen on the road."""


def stage_scene(scene: Scene, condition: Condition, options: SceneOptions, seed: int) -> Scene:
    """Return the scene of a drive as the options ask for it.

    Each change draws from a generator of its own: an option never changes what another one draws.

    Args:
        scene: As drawn without options.
        condition: State of the road.
        options: What to restrict or force; the default leaves the scene as it is.
        seed: The drive's seed.
    """
    if options == ANY_SCENE:
        return scene
    plan = plan_drive(options, keyed_generator("synth plan", seed))
    if plan.ambiguity is not None:
        scene = blur_condition(scene, condition, plan.ambiguity, keyed_generator("synth ambiguity", seed))
    if plan.hour is not None or plan.air is not None:
        scene = light_scene(scene, plan.hour, plan.air, keyed_generator("synth weather", seed))
    if scene.daylight.headlight > 0.0:
        scene = replace(scene, dark=True)
    scene = _turn_on(scene, plan, options.headlights, keyed_generator("synth lamps", seed))
    scene = replace(
        scene,
        layout=_bend(scene, plan.curves, keyed_generator("synth curves", seed)),
        exposure=_strain(scene.exposure, plan, lit=scene.lamps is not None, foggy=scene.fog is not None),
    )
    if plan.height_m is not None:
        scene = replace(scene, camera=replace(scene.camera, height_m=plan.height_m))
    if plan.cars is not None:
        things = tuple(thing for thing in scene.roadside.things if not thing.rides_along)
        cars = draw_traffic(plan.cars, scene.layout, keyed_generator("synth traffic", seed))
        scene = replace(scene, roadside=replace(scene.roadside, things=things), cars=cars)
    if plan.dirt > 0.0:
        dirt_seed = int(keyed_generator("synth dirt", seed).integers(2**31))
        scene = replace(scene, dirt=Dirt(amount=plan.dirt, seed=dirt_seed))
    return scene


def _turn_on(scene: Scene, plan: DrivePlan, headlights: Headlights, rng: np.random.Generator) -> Scene:
    """Turn the own headlights on or off, and let them light up the fog."""
    lamps, night = draw_lamps(rng), plan.hour == "night"
    if headlights == "off":
        return replace(scene, daylight=replace(scene.daylight, headlight=0.0))
    dusk = scene.daylight.headlight > 0.0
    if not night and (headlights == "auto" or dusk):
        return scene
    if not night:
        return replace(scene, lamps=replace(lamps, beam=_BY_DAY * lamps.beam))
    daylight = scene.daylight
    if scene.fog is not None:
        thick = float(np.clip(60.0 / scene.fog.visibility_m, 0.2, 1.0))
        horizon = _sum(daylight.horizon, backscatter(lamps), thick)
        zenith = _sum(daylight.zenith, backscatter(lamps), 0.8 * thick)
        daylight = replace(daylight, horizon=horizon, zenith=zenith, cloud=horizon)
    return replace(scene, daylight=daylight, lamps=lamps)


def _sum(colour: Rgb, glow: NDArray[np.float32], share: float) -> Rgb:
    """Add a share of a glow to a colour."""
    return (
        colour[0] + share * float(glow[0]),
        colour[1] + share * float(glow[1]),
        colour[2] + share * float(glow[2]),
    )


def _bend(scene: Scene, curves: Curves, rng: np.random.Generator) -> Layout:
    """Return the road with the curves asked for."""
    winding = draw_winding(rng, near_m=scene.camera.start_m + 20.0)
    curve, layout = float(rng.normal(0.0, _GENTLE_PER_M)), scene.layout
    if curves == "any":
        return layout
    if curves == "winding":
        return replace(layout, curve_per_m=0.0, winding=winding)
    return replace(layout, curve_per_m=0.0 if curves == "straight" else float(np.clip(curve, -0.004, 0.004)))


def _strain(exposure: Exposure, plan: DrivePlan, *, lit: bool, foggy: bool) -> Exposure:
    """Return the camera in the dark, and as the dial makes it worse: short of light it stays dark and noisy."""
    dark = plan.hour == "night"
    return replace(
        exposure,
        scene_weight=max(exposure.scene_weight, 0.6) if foggy else exposure.scene_weight,
        target=exposure.target * (0.62 if dark else 1.0),
        noise=exposure.noise * plan.noise_factor * ((1.6 if lit else 3.0) if dark else 1.0),
        blur_px=exposure.blur_px + plan.blur_px + (0.2 if dark else 0.0),
        veil=exposure.veil + plan.stray_light,
    )
