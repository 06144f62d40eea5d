"""Things that stand up from the ground and pass by: trees, posts, a car ahead."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.arrays import FloatImage, rgb_array
from data_tools.synth.camera import Pose
from data_tools.synth.cutout import Sprite, blend_sprite
from data_tools.synth.daylight import Daylight
from data_tools.synth.lamps import Lamps, beam_on_upright
from data_tools.synth.layout import Layout
from data_tools.synth.projection import project
from data_tools.synth.sprites import SpriteKind

_PERIOD_M = 160.0
_NEAREST_M = 6.0
_FARTHEST_M = 100.0


@dataclass(frozen=True)
class Standing:
    """Hold one standing thing.

    Attributes:
        sprite: Index into the drive's sprites.
        side_m: Distance right of the lane's centre.
        along_m: Position along the road, repeated every 160 m; the distance ahead of
            the camera where `rides_along`.
        height_m: Height of the whole sprite.
        rides_along: Whether it keeps its distance from the camera.
    """

    sprite: int
    side_m: float
    along_m: float
    height_m: float
    rides_along: bool = False


@dataclass(frozen=True)
class Roadside:
    """Hold everything that stands along the road.

    Attributes:
        kinds: Kind of each sprite.
        things: What stands where.
        haze_m: Distance over which the air swallows 63 % of a thing.
        fades_in: Whether far things come into sight step by step, as a video needs it.
    """

    kinds: tuple[SpriteKind, ...]
    things: tuple[Standing, ...]
    haze_m: float
    fades_in: bool = False


def draw_roadside(layout: Layout, rng: np.random.Generator) -> Roadside:
    """Draw trees, posts and now and then a car ahead."""
    trees: tuple[SpriteKind, ...] = ("conifer", "leafy", "bare")
    poles: tuple[SpriteKind, ...] = ("post", "lamp")
    kinds = (trees[int(rng.integers(3))], trees[int(rng.integers(3))], *poles, "car")
    left_m, right_m = layout.left_m - layout.shoulder_m, layout.right_m + layout.shoulder_m
    things = []
    for _ in range(int(rng.integers(0, 26))):
        gap_m = 2.0 + float(rng.exponential(7.0))
        side_m = left_m - gap_m if rng.random() < 0.5 else right_m + gap_m
        sprite, height_m = int(rng.integers(2)), float(rng.uniform(3.0, 10.0))
        things.append(Standing(sprite, side_m, float(rng.uniform(0, _PERIOD_M)), height_m))
    pole = int(rng.integers(2, 5))
    if pole < 4:
        height_m, step_m = (1.05, 20.0) if pole == 2 else (6.5, 32.0)
        for along_m in np.arange(0.0, _PERIOD_M, step_m):
            things.append(Standing(pole, left_m - 0.6, float(along_m), height_m))
            things.append(Standing(pole, right_m + 0.6, float(along_m), height_m))
    if rng.random() < 0.3:
        things.append(Standing(4, 0.0, float(rng.uniform(14.0, 45.0)), 3.1, rides_along=True))
    return Roadside(kinds=kinds, things=tuple(things), haze_m=float(rng.uniform(80.0, 400.0)))


def paint_roadside(
    image: FloatImage,
    roadside: Roadside,
    sprites: tuple[Sprite, ...],
    pose: Pose,
    *,
    daylight: Daylight,
    layout: Layout,
    mirrored: bool,
    lamps: Lamps | None = None,
) -> None:
    """Paint what stands along the road into an image, far things first.

    Args:
        image: Linear radiance, shape (H, W, 3); painted in place.
        roadside: What stands where.
        sprites: Cut-outs, in the order of `roadside.kinds`.
        pose: Camera pose.
        daylight: Light on them.
        layout: The road's curve.
        mirrored: Paint the mirror image under the ground instead.
        lamps: Own headlights that shine on them, or None.
    """
    light = np.float32(0.9) * rgb_array(daylight.ambient) + np.float32(0.45) * rgb_array(daylight.sun)
    air_light = rgb_array(daylight.horizon)
    ahead = [(_ahead_m(thing, pose), thing) for thing in roadside.things]
    for ahead_m, thing in sorted(ahead, key=lambda item: -item[0]):
        if _NEAREST_M < ahead_m < _FARTHEST_M:
            air = np.float32(1.0 - np.exp(-ahead_m / roadside.haze_m))
            right_m, box = project(thing.side_m, ahead_m, thing.height_m, layout, pose=pose, width_px=image.shape[1])
            lit = light if lamps is None else light + beam_on_upright(lamps, ahead_m, right_m)
            blend_sprite(
                image,
                sprites[thing.sprite],
                box,
                mirrored=mirrored,
                light=lit * (1 - air),
                veil=air_light * air,
                opacity=min(1.0, (_FARTHEST_M - ahead_m) / 30.0) if roadside.fades_in else 1.0,
            )


def _ahead_m(thing: Standing, pose: Pose) -> float:
    """Return the distance of a thing ahead of the camera."""
    if thing.rides_along:
        return thing.along_m
    return (thing.along_m - pose.along_m) % _PERIOD_M
