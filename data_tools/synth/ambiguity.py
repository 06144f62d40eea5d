"""Roads whose state is plain to see, or hard to tell."""

from dataclasses import replace

import numpy as np

from data_tools.synth.conditions import Condition
from data_tools.synth.scene import Scene
from data_tools.synth.snow import Snow, draw_old_verge_snow, draw_snow
from data_tools.synth.wetness import Wetness, draw_wetness

_OLD_SNOW_ODDS = 0.35
"""Share of the hardest dry and wet drives with old snow beside the road."""


def blur_condition(scene: Scene, condition: Condition, level: float, rng: np.random.Generator) -> Scene:
    """Return a scene whose road state is as hard to tell as the level says.

    Args:
        scene: As drawn.
        condition: State of the road.
        level: 0 for pale dry asphalt, streaming water or a closed cover of snow; 1 for dark
            dry asphalt with damp patches, a thin film without puddles, or thin dirty snow.
        rng: Source of randomness; what is read does not depend on `level`.
    """
    if condition == "snow":
        return replace(scene, snow=_snow(scene.snow or draw_snow(rng), level, rng))
    frozen, old_snow = bool(rng.random() < _OLD_SNOW_ODDS * level), draw_old_verge_snow(rng)
    scene = replace(scene, snow=old_snow if frozen else None)
    if condition == "wet":
        return replace(scene, wetness=_film(scene.wetness or draw_wetness(rng), level, rng))
    surface = replace(
        scene.surface,
        albedo=_between(rng, level, (0.18, max(0.20, scene.surface.albedo)), (0.06, 0.13)),
        mottle=_between(rng, level, (0.03, 0.06), (0.10, 0.20)),
        path_polish=_between(rng, level, (-0.03, 0.12), (-0.35, -0.15)),
    )
    return replace(scene, surface=surface, wetness=_damp(draw_wetness(rng), level, rng) if level > 0.0 else None)


def _film(wetness: Wetness, level: float, rng: np.random.Generator) -> Wetness:
    """Return the water of a wet road."""
    return replace(
        wetness,
        film=_between(rng, level, (0.9, 1.0), (0.40, 0.65)),
        puddle=_between(rng, level, (0.28, 0.42), (-0.15, 0.08)),
        gloss=_between(rng, level, (0.9, 1.0), (0.35, 0.65)),
        darkening=_between(rng, level, (0.42, 0.5), (0.62, 0.80)),
    )


def _damp(wetness: Wetness, level: float, rng: np.random.Generator) -> Wetness:
    """Return the damp patches of a dry road: dark, without a film that mirrors."""
    return replace(
        wetness,
        film=_between(rng, level, (-0.4, -0.3), (0.25, 0.50)),
        puddle=-0.6,
        gloss=_between(rng, level, (0.0, 0.0), (0.10, 0.30)),
        darkening=_between(rng, level, (1.0, 1.0), (0.60, 0.80)),
        spray=0.0,
        rain=0,
    )


def _snow(snow: Snow, level: float, rng: np.random.Generator) -> Snow:
    """Return the snow of a snowy road."""
    return replace(
        snow,
        road_cover=_between(rng, level, (0.88, 0.98), (0.30, 0.50)),
        verge_cover=_between(rng, level, (0.9, 1.0), (0.35, 0.70)),
        track_bare=_between(rng, level, (0.0, 0.2), (0.45, 0.85)),
        slush=_between(rng, level, (0.0, 0.15), (0.5, 0.9)),
    )


def _between(rng: np.random.Generator, level: float, easy: tuple[float, float], hard: tuple[float, float]) -> float:
    """Draw from a range that moves from `easy` at level 0 to `hard` at level 1."""
    low, high = ((1.0 - level) * a + level * b for a, b in zip(easy, hard, strict=True))
    return float(low + (high - low) * rng.random())
