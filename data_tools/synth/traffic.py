"""Other cars: ahead in the same direction, and oncoming."""

from dataclasses import dataclass

import numpy as np

from data_tools.synth.arrays import FloatImage, rgb_array
from data_tools.synth.camera import Pose
from data_tools.synth.cutout import Sprite, blend_sprite, build_sprite
from data_tools.synth.daylight import Daylight
from data_tools.synth.glare import Light, add_light
from data_tools.synth.lamps import Lamps, beam_on_upright
from data_tools.synth.layout import Layout
from data_tools.synth.projection import foot_of, project
from data_tools.synth.vehicles import LAMP_HALF_TRACK_M, LAMP_HEIGHT_M, LAMP_RADIUS_M, VEHICLE_HEIGHT_M, draw_vehicle

_PERIOD_M = 180.0
_SLOTS = 5
_NEAREST_M = 5.0
_HEADLAMP = (150.0, 138.0, 120.0)
_TAIL_LAMP = (4.0, 0.16, 0.06)
_DUTY_BY_DAY = 0.06
"""Daytime running lamps against dipped beams."""


@dataclass(frozen=True)
class Car:
    """Hold one other car.

    Attributes:
        side_m: Middle of its lane, right of the camera's lane.
        start_m: Distance ahead when the camera is at its start; repeated every 180 m where the car is oncoming.
        pace: Metres it moves along the road while the camera moves one; negative where it comes towards the camera.
        build: Seed of its looks.
    """

    side_m: float
    start_m: float
    pace: float
    build: int

    @property
    def oncoming(self) -> bool:
        """Whether the car shows its front."""
        return self.pace < 0.0


def draw_traffic(density: float, layout: Layout, rng: np.random.Generator) -> tuple[Car, ...]:
    """Draw the cars on a road.

    Lanes left of the camera's come towards it. Where fewer cars drive, the others drive
    where they did: a denser road only adds cars.

    Args:
        density: 0 for an empty road, 1 for a car every 36 m of an oncoming lane.
        layout: Lanes.
        rng: Source of randomness.
    """
    cars = []
    for lane in range(-layout.lanes_left, layout.lanes_right + 1):
        side_m = lane * layout.lane_m
        wanted, jitter_m = rng.random(_SLOTS), rng.uniform(0.0, 20.0, _SLOTS)
        offset_m, pace = float(rng.uniform(0.0, _PERIOD_M)), float(rng.uniform(0.8, 1.3))
        builds = rng.integers(0, 2**31, _SLOTS)
        gap_m = float(rng.uniform(11.0, 40.0))
        if lane < 0:
            places_m = offset_m + np.arange(_SLOTS) * (_PERIOD_M / _SLOTS) + jitter_m
            found = zip(places_m, wanted, builds, strict=True)
            cars += [Car(side_m, float(at), -pace, int(build)) for at, want, build in found if want < density]
        elif wanted[0] < density:
            cars.append(Car(side_m, gap_m, 1.0, int(builds[0])))
    return tuple(cars)


def draw_vehicles(cars: tuple[Car, ...]) -> tuple[Sprite, ...]:
    """Draw the cut-out of each car."""
    return tuple(build_sprite(draw_vehicle(np.random.default_rng(car.build), front=car.oncoming)) for car in cars)


def ahead_m(car: Car, travelled_m: float) -> float:
    """Return how far ahead of the camera a car is, after the camera has moved some way."""
    ahead = car.start_m + (car.pace - 1.0) * travelled_m
    return ahead % _PERIOD_M if car.oncoming else ahead


def paint_traffic(
    image: FloatImage,
    cars: tuple[Car, ...],
    vehicles: tuple[Sprite, ...],
    pose: Pose,
    *,
    travelled_m: float,
    daylight: Daylight,
    lamps: Lamps | None,
    layout: Layout,
    extinction_per_m: float,
    dark: bool,
    mirrored: bool,
) -> None:
    """Paint the other cars into an image, far ones first.

    Args:
        image: Linear radiance, shape (H, W, 3); painted in place.
        cars: The cars.
        vehicles: Their cut-outs.
        pose: Camera pose.
        travelled_m: Way of the camera since the drive's start.
        daylight: Light on them.
        lamps: Own headlights that shine on them, or None.
        layout: The road's curve.
        extinction_per_m: Extinction of the air.
        dark: Whether they drive with dipped beams.
        mirrored: Paint the mirror image under the ground instead.
    """
    sky = np.float32(0.9) * rgb_array(daylight.ambient) + np.float32(0.45) * rgb_array(daylight.sun)
    placed = [(ahead_m(car, travelled_m), car, sprite) for car, sprite in zip(cars, vehicles, strict=True)]
    for ahead, car, sprite in sorted(placed, key=lambda item: -item[0]):
        if ahead < _NEAREST_M:
            continue
        passes = float(np.exp(-ahead * extinction_per_m))
        fades_in = min(1.0, (_PERIOD_M - ahead) / 20.0)
        right_m, box = project(car.side_m, ahead, VEHICLE_HEIGHT_M, layout, pose=pose, width_px=image.shape[1])
        light = sky if lamps is None else sky + beam_on_upright(lamps, ahead, right_m)
        veil = rgb_array(daylight.horizon) * np.float32(1.0 - passes)
        blend_sprite(
            image, sprite, box, mirrored=mirrored, light=light * np.float32(passes), veil=veil, opacity=fades_in
        )
        lamp = rgb_array(_HEADLAMP if car.oncoming else _TAIL_LAMP) * np.float32(1.0 if dark else _DUTY_BY_DAY)
        for side_m in (-LAMP_HALF_TRACK_M, LAMP_HALF_TRACK_M):
            col, row = foot_of(car.side_m + side_m, ahead, layout, pose, image.shape[1])
            up_px = LAMP_HEIGHT_M * pose.focal_px / ahead
            add_light(
                image,
                Light(
                    col_px=col,
                    row_px=row + up_px if mirrored else row - up_px,
                    radius_px=LAMP_RADIUS_M * pose.focal_px / ahead,
                    radiance=lamp * np.float32(fades_in),
                    scatter=1.0 - passes,
                ),
            )
