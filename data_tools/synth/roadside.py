"""Things that stand up from the ground and pass by: trees, posts, a car ahead."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.arrays import FloatImage, rgb_array
from data_tools.synth.camera import Pose
from data_tools.synth.cutout import Box, Sprite, blend_sprite
from data_tools.synth.daylight import Daylight
from data_tools.synth.layout import Layout
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
    """

    kinds: tuple[SpriteKind, ...]
    things: tuple[Standing, ...]
    haze_m: float


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
    """
    light = np.float32(0.9) * rgb_array(daylight.ambient) + np.float32(0.45) * rgb_array(daylight.sun)
    air_light = rgb_array(daylight.horizon)
    ahead = [(_ahead_m(thing, pose), thing) for thing in roadside.things]
    for ahead_m, thing in sorted(ahead, key=lambda item: -item[0]):
        if _NEAREST_M < ahead_m < _FARTHEST_M:
            air = np.float32(1.0 - np.exp(-ahead_m / roadside.haze_m))
            box = _project(thing, ahead_m, layout, pose, image.shape[1])
            blend_sprite(
                image, sprites[thing.sprite], box, mirrored=mirrored, light=light * (1 - air), veil=air_light * air
            )


def _ahead_m(thing: Standing, pose: Pose) -> float:
    """Return the distance of a thing ahead of the camera."""
    if thing.rides_along:
        return thing.along_m
    return (thing.along_m - pose.along_m) % _PERIOD_M


def _project(thing: Standing, ahead_m: float, layout: Layout, pose: Pose, width_px: int) -> Box:
    """Return where a thing appears in the picture."""
    scale = pose.focal_px / ahead_m
    side_m = thing.side_m - pose.lateral_m + 0.5 * layout.curve_per_m * ahead_m * ahead_m
    right_px = side_m * scale
    cos, sin = float(np.cos(pose.roll_rad)), float(np.sin(pose.roll_rad))
    under_px = pose.height_m * scale
    return Box(
        middle_px=width_px / 2 + right_px * cos - under_px * sin,
        foot_px=pose.horizon_px + under_px * cos + right_px * sin,
        height_px=thing.height_m * scale,
    )
