"""Sky colours and light on the ground, drawn together and whatever the road's condition."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from data_tools.synth.arrays import FloatImage, FloatMap, Rgb, ramp, rgb_array, tinted
from data_tools.synth.camera import Ground
from data_tools.synth.noise import sample_tile
from data_tools.synth.ramps import smooth_step
from data_tools.synth.textures import Textures

DaylightKind: TypeAlias = Literal["clear", "broken", "overcast", "low_sun", "dusk", "night"]


@dataclass(frozen=True)
class Daylight:
    """Hold the light of a drive, in units of an overcast sky's radiance.

    Attributes:
        zenith: Radiance of the sky high up.
        horizon: Radiance of the sky low down.
        cloud: Radiance of clouds.
        cloud_cover: Share of the sky under clouds, 0 to 1.
        ambient: Light from the sky on the ground (irradiance over pi).
        sun: Light from the sun on the ground (irradiance over pi).
        sun_side_rel: Side of the sun in picture widths from the centre.
        sun_height_rel: Height of the sun over the horizon in picture heights.
        glow: Radiance of the glow around the sun.
        shade: Share of the road under tree or building shade in sunshine.
        headlight: Light of the own headlights 8 m ahead.
    """

    zenith: Rgb
    horizon: Rgb
    cloud: Rgb
    cloud_cover: float
    ambient: Rgb
    sun: Rgb
    sun_side_rel: float
    sun_height_rel: float
    glow: float
    shade: float
    headlight: float


_PALETTES: dict[str, tuple[Rgb, Rgb, Rgb, Rgb, Rgb]] = {
    "clear": (
        (0.15, 0.27, 0.55),
        (0.62, 0.74, 0.92),
        (1.25, 1.25, 1.25),
        (0.27, 0.32, 0.40),
        (1.25, 1.15, 1.00),
    ),
    "broken": (
        (0.20, 0.32, 0.55),
        (0.75, 0.82, 0.92),
        (1.15, 1.15, 1.17),
        (0.45, 0.50, 0.58),
        (0.60, 0.56, 0.50),
    ),
    "overcast": (
        (0.80, 0.84, 0.90),
        (0.95, 0.97, 1.00),
        (0.62, 0.65, 0.70),
        (0.90, 0.92, 0.95),
        (0.00, 0.00, 0.00),
    ),
    "low_sun": (
        (0.22, 0.27, 0.42),
        (1.15, 0.82, 0.52),
        (0.95, 0.70, 0.55),
        (0.34, 0.33, 0.36),
        (0.75, 0.52, 0.30),
    ),
    "dusk": (
        (0.05, 0.07, 0.13),
        (0.20, 0.17, 0.18),
        (0.09, 0.09, 0.12),
        (0.07, 0.08, 0.11),
        (0.00, 0.00, 0.00),
    ),
    "night": (
        (0.0012, 0.0018, 0.0036),
        (0.0060, 0.0052, 0.0056),
        (0.0045, 0.0040, 0.0042),
        (0.0030, 0.0034, 0.0046),
        (0.0000, 0.0000, 0.0000),
    ),
}
_KINDS = ("clear", "broken", "overcast", "low_sun", "dusk")
_ODDS = (0.22, 0.26, 0.32, 0.12, 0.08)
_CLOUDS = {
    "clear": (0.0, 0.15),
    "broken": (0.3, 0.7),
    "overcast": (0.4, 0.8),
    "low_sun": (0.1, 0.6),
    "dusk": (0.2, 0.7),
    "night": (0.2, 0.7),
}


def draw_daylight(rng: np.random.Generator, forced: DaylightKind | None = None) -> Daylight:
    """Draw a time of day and a weather; never night unless forced."""
    kind = str(rng.choice(_KINDS, p=_ODDS))
    kind = forced or kind
    cast = rng.normal(0.0, 0.06)
    zenith, horizon, cloud, ambient, sun = (_cast(c, float(cast)) for c in _PALETTES[kind])
    sunny = kind in ("clear", "broken", "low_sun")
    shade, cover = rng.uniform(0.0, 0.6), rng.uniform(*_CLOUDS[kind])
    side, low, high = rng.uniform(-0.7, 0.7), rng.uniform(0.03, 0.15), rng.uniform(0.2, 0.8)
    glow, beam = rng.uniform(0.3, 1.2), rng.uniform(0.15, 0.5)
    return Daylight(
        zenith=zenith,
        horizon=horizon,
        cloud=cloud,
        cloud_cover=float(cover),
        ambient=ambient,
        sun=sun,
        sun_side_rel=float(side),
        sun_height_rel=float(low if kind == "low_sun" else high),
        glow=float(glow) * (1.0 if sunny else 0.15) * sum(horizon) / 3.0,
        shade=float(shade) if sunny and rng.random() < 0.6 else 0.0,
        headlight=float(beam) if kind == "dusk" else 0.0,
    )


def mean_light(daylight: Daylight) -> float:
    """Return the mean light over the scene and the channels (irradiance over pi)."""
    lit = 1.0 - 0.5 * daylight.shade
    return (sum(daylight.ambient) + lit * sum(daylight.sun)) / 3.0 + 0.4 * daylight.headlight


def ground_light(daylight: Daylight, ground: Ground, textures: Textures) -> FloatImage:
    """Return the light on flat ground (irradiance over pi), shape (rows, W, 3)."""
    ambient, sun = rgb_array(daylight.ambient), rgb_array(daylight.sun)
    if daylight.shade > 0.0:
        blots = sample_tile(textures.fractal, ground.side_m, ground.along_m, (38.0, 26.0), (0.13, 0.77))
        edge = 1.4 - 2.8 * daylight.shade
        lit = 1.0 - 0.9 * smooth_step(blots, edge - 0.2, edge + 0.2)
    else:
        lit = np.ones_like(ground.side_m)
    light = ramp(ambient, ambient + sun, np.asarray(lit, dtype=np.float32))
    if daylight.headlight > 0.0:
        beam = daylight.headlight * rgb_array((1.0, 0.93, 0.8))
        light = light + tinted(_headlight(ground), beam)
    return light


def _headlight(ground: Ground) -> FloatMap:
    """Return the light pool of dipped headlights, 1 at its brightest."""
    spread = ground.side_m / (1.2 + 0.16 * ground.depth_m)
    reach = ground.depth_m * (1.0 / 8.0)
    pool = reach * np.exp(1.0 - reach) * np.exp(-spread * spread)
    return np.asarray(pool, dtype=np.float32)


def _cast(colour: Rgb, warmth: float) -> Rgb:
    """Shift a colour towards red (positive) or blue (negative)."""
    return (colour[0] * (1.0 + warmth), colour[1], colour[2] * (1.0 - warmth))
