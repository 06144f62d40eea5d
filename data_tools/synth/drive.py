"""Plan drives and render their frames."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data_tools.synth.arrays import ByteImage
from data_tools.synth.camera import pose_at
from data_tools.synth.conditions import CONDITIONS, Condition
from data_tools.synth.config import SynthConfig
from data_tools.synth.exposure import expose, meter
from data_tools.synth.frame import draw_props, render_radiance
from data_tools.synth.light import metered_light
from data_tools.synth.options import ANY_SCENE, SceneOptions
from data_tools.synth.scene import draw_scene
from data_tools.synth.staging import stage_scene


@dataclass(frozen=True)
class DriveSpec:
    """Say which drive to render.

    Attributes:
        drive_id: Name and group of the drive, such as `drive_dry_003`.
        condition: State of the road.
        seed: Seed of everything that the drive draws.
        frames: Number of pictures.
        height: Picture height in pixels.
        width: Picture width in pixels.
        options: What the drive may look like.
    """

    drive_id: str
    condition: Condition
    seed: int
    frames: int
    height: int
    width: int
    options: SceneOptions = ANY_SCENE


def plan_drives(config: SynthConfig) -> list[DriveSpec]:
    """List the drives of a campaign, condition by condition.

    A drive depends on the campaign's seed, its condition, its index and the options alone,
    so more drives per class leave the existing ones as they are.
    """
    options = config.scene_options()
    return [
        DriveSpec(
            drive_id=f"drive_{condition}_{index:03d}",
            condition=condition,
            seed=_drive_seed(config.seed, condition, index),
            frames=frames,
            height=config.height,
            width=config.width,
            options=options,
        )
        for condition in CONDITIONS
        for index, frames in enumerate(_drive_lengths(config, condition))
    ]


def render_drive(spec: DriveSpec) -> Iterator[ByteImage]:
    """Render the frames of a drive in order.

    Args:
        spec: Which drive.

    Yields:
        Display RGB, shape (height, width, 3), uint8; the same bytes on every call.
    """
    place, looks, motion, sensor = np.random.SeedSequence(spec.seed).spawn(4)
    size_px = (spec.height, spec.width)
    scene = stage_scene(draw_scene(spec.condition, place), spec.condition, spec.options, spec.seed)
    props = draw_props(scene, size_px, np.random.default_rng(looks))
    jitter, noise = np.random.default_rng(motion), np.random.default_rng(sensor)
    metering = None
    for frame in range(spec.frames):
        pose = pose_at(scene.camera, frame, scene.layout.curve_per_m, size_px, jitter, winding=scene.layout.winding)
        radiance = render_radiance(scene, props, pose, frame, size_px)
        metering = metering or meter(scene.exposure, radiance, metered_light(scene))
        yield expose(scene.exposure, metering, radiance, noise)


def _drive_lengths(config: SynthConfig, condition: Condition) -> list[int]:
    """Return the frames of each drive of a condition; only the last may be shorter."""
    if config.pictures_per_class is None:
        return [config.frames_per_drive] * config.drives_per_class
    full, rest = divmod(config.pictures_per_class.of(condition), config.frames_per_drive)
    return [config.frames_per_drive] * full + ([rest] if rest else [])


def _drive_seed(campaign_seed: int, condition: Condition, index: int) -> int:
    """Return a 63-bit seed for one drive."""
    digest = hashlib.sha256(f"{campaign_seed}/{condition}/{index}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
