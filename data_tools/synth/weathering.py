"""One place in every state of its road: what a video cross-fades."""

from dataclasses import dataclass, replace

import numpy as np

from data_tools.synth.backdrop import Backdrop
from data_tools.synth.conditions import Condition
from data_tools.synth.cutout import Sprite
from data_tools.synth.frame import Props, draw_props
from data_tools.synth.options import SceneOptions
from data_tools.synth.precipitation import Falls, Precipitation, draw_flakes, draw_rain
from data_tools.synth.scene import Scene, draw_scene
from data_tools.synth.snow import Snow
from data_tools.synth.staging import stage_scene
from data_tools.synth.transition import RoadState
from data_tools.synth.wetness import Wetness
from data_tools.synth.winding import Winding

_WAVE_M = 300.0


@dataclass(frozen=True)
class Place:
    """Hold a place: its scene and props with a dry road, and what each state adds.

    Attributes:
        scene: The place with its road dry.
        bare: What is drawn once, without frost.
        frosted: The same with all of its frost.
        wetness: Water of the wet road.
        snow: Snow of the snowy road.
        rain: Rain at its strongest.
        flakes: Snowfall at its strongest.
    """

    scene: Scene
    bare: Props
    frosted: Props
    wetness: Wetness
    snow: Snow
    rain: Precipitation
    flakes: Precipitation


def draw_place(options: SceneOptions, seed: int, fps: float, size_px: tuple[int, int]) -> Place:
    """Draw a place in all states of its road."""
    dry, wet, snowy = (_stage(condition, options, seed) for condition in ("dry", "wet", "snow"))
    if wet.wetness is None or snowy.snow is None:
        raise AssertionError("a wet scene has water and a snowy one has snow")
    dry = replace(dry, snow=None, roadside=replace(dry.roadside, fades_in=True))
    if dry.layout.winding is None:
        swing = Winding(amplitude_per_m=dry.layout.curve_per_m, wave_m=_WAVE_M, phase_rad=0.0)
        dry = replace(dry, layout=replace(dry.layout, curve_per_m=0.0, winding=swing))
    looks, air = np.random.SeedSequence(seed).spawn(6)[1::3]
    still = replace(dry, falls=Falls(rain=0, flakes=0))
    bare = draw_props(still, size_px, np.random.default_rng(looks))
    frosted = draw_props(replace(still, snow=snowy.snow), size_px, np.random.default_rng(looks))
    rng = np.random.default_rng(air)
    rain = draw_rain(wet.falls.rain if wet.falls else wet.wetness.rain, rng)
    flakes = draw_flakes(snowy.falls.flakes if snowy.falls else snowy.snow.flakes, rng)
    return Place(
        scene=dry,
        bare=bare,
        frosted=frosted,
        wetness=wet.wetness,
        snow=snowy.snow,
        rain=replace(rain, fall_m_per_frame=rain.fall_m_per_frame * 10.0 / fps),
        flakes=replace(flakes, fall_m_per_frame=flakes.fall_m_per_frame * 10.0 / fps),
    )


def place_at(place: Place, state: RoadState) -> tuple[Scene, Props]:
    """Return the scene and the props of a place in one state of its road."""
    wetness, snow = place.scene.wetness, None
    if state.water > 0.0:
        wetness = _wetting(wetness, place.wetness, state.water)
    if state.snow > 0.0:
        part = state.snow
        snow = replace(place.snow, thaw=1.0 - part, bank=part * place.snow.bank, frost=part * place.snow.frost)
    sky = _share(place.flakes, state.flakes) or _share(place.rain, state.rain)
    props = replace(_frosting(place, state.snow), falling=sky)
    return replace(place.scene, wetness=wetness, snow=snow), props


def _stage(condition: Condition, options: SceneOptions, seed: int) -> Scene:
    """Draw the place under one condition; the same seed gives the same place under each."""
    place = np.random.SeedSequence(seed).spawn(1)[0]
    return stage_scene(draw_scene(condition, place), condition, options, seed)


def _wetting(start: Wetness | None, full: Wetness, amount: float) -> Wetness:
    """Return a road that is getting wet: damp patches grow, then they shine, then puddles rise."""
    if amount >= 1.0:
        return full
    start = start or replace(full, film=-0.45, puddle=-0.7, gloss=0.2 * full.gloss, darkening=1.0, spray=0.0)
    late = max(0.0, 1.5 * amount - 0.5)
    return replace(
        full,
        film=start.film + amount * (full.film - start.film),
        puddle=start.puddle + late * (full.puddle - start.puddle),
        gloss=start.gloss + amount * (full.gloss - start.gloss),
        darkening=start.darkening + min(1.0, 2.0 * amount) * (full.darkening - start.darkening),
        spray=start.spray + late * (full.spray - start.spray),
    )


def _frosting(place: Place, amount: float) -> Props:
    """Return the props with part of their frost."""
    if amount <= 0.0:
        return place.bare
    if amount >= 1.0:
        return place.frosted
    pairs = zip(place.bare.sprites, place.frosted.sprites, strict=True)
    sprites = tuple(_fade(bare, frosted, amount) for bare, frosted in pairs)
    bare_view, frosted_view = place.bare.backdrop.panorama, place.frosted.backdrop.panorama
    panorama = bare_view + np.float32(amount) * (frosted_view - bare_view)
    return replace(place.bare, sprites=sprites, backdrop=Backdrop(panorama=panorama))


def _fade(bare: Sprite, frosted: Sprite, amount: float) -> Sprite:
    """Return a cut-out between two."""
    return tuple(a + np.float32(amount) * (b - a) for a, b in zip(bare, frosted, strict=True))


def _share(falling: Precipitation, amount: float) -> Precipitation | None:
    """Return the first part of what falls, or None where that is nothing."""
    count = round(amount * len(falling.places))
    return replace(falling, places=falling.places[:count]) if count else None
