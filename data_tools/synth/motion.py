"""Smooth camera motion along a road, for videos."""

import numpy as np

from data_tools.synth.camera import Camera, Pose
from data_tools.synth.layout import Layout
from data_tools.synth.winding import heading_rad

_FRAMES_PER_S = 8.0
"""Frame rate at which a camera's advance per frame is a car's speed: 4 to 20 m/s."""

_SWAYS = {
    "pace_s": (0.6, 0.04, 0.10),
    "sway_m": (0.10, 0.10, 0.35),
    "pitch": (0.0022, 0.7, 1.6),
    "yaw": (0.0025, 0.15, 0.5),
    "roll": (0.0018, 0.4, 1.2),
}
"""Deviation, lowest and highest frequency in Hz of each motion."""


def smooth_poses(
    camera: Camera, layout: Layout, fps: float, frames: int, size_px: tuple[int, int], *, rng: np.random.Generator
) -> list[Pose]:
    """Return the pose of every frame of a video.

    Args:
        camera: The drive's camera.
        layout: The road's curve.
        fps: Frames per second.
        frames: Number of frames.
        size_px: Picture size, (height, width).
        rng: Source of the motion.
    """
    time_s = np.arange(frames) / fps
    motion = {name: _swing(time_s, *limits, rng) for name, limits in _SWAYS.items()}
    speed_m_per_s = camera.speed_m_per_frame * _FRAMES_PER_S
    along = camera.start_m + speed_m_per_s * (time_s + motion["pace_s"] - motion["pace_s"][0])
    height_px, width_px = size_px
    focal_px = camera.focal_rel * width_px
    poses = []
    for index, at_m in enumerate(along):
        turned = layout.curve_per_m * (at_m - camera.start_m)
        if layout.winding is not None:
            turned += heading_rad(layout.winding, float(at_m))
        poses.append(
            Pose(
                along_m=float(at_m),
                lateral_m=camera.lateral_m + float(motion["sway_m"][index]),
                horizon_px=camera.horizon_rel * height_px + focal_px * float(motion["pitch"][index]),
                heading_px=focal_px * float(motion["yaw"][index] - turned),
                roll_rad=camera.roll_rad + float(motion["roll"][index]),
                focal_px=focal_px,
                height_m=camera.height_m,
            )
        )
    return poses


def _swing(
    time_s: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    deviation: float,
    low_hz: float,
    high_hz: float,
    rng: np.random.Generator,
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return a smooth random motion: four sine waves of random frequency and phase."""
    hertz, phases = rng.uniform(low_hz, high_hz, 4), rng.uniform(0.0, 2 * np.pi, 4)
    waves = np.sin(2 * np.pi * hertz[:, None] * time_s[None, :] + phases[:, None])
    return np.asarray(waves.sum(axis=0) * (deviation / 2**0.5), dtype=np.float64)
