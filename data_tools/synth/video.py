"""Render labelled drive videos to disk."""

import csv
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from data_tools.artifacts.atomic import write_text
from data_tools.randomness import keyed_seed
from data_tools.synth.arrays import ByteImage
from data_tools.synth.empty import require_empty
from data_tools.synth.exposure import Metering, expose, follow, meter
from data_tools.synth.frame import render_radiance
from data_tools.synth.light import metered_light
from data_tools.synth.motion import smooth_poses
from data_tools.synth.sequence import label_intervals, total_s
from data_tools.synth.transition import state_at
from data_tools.synth.video_config import VideoConfig
from data_tools.synth.weathering import draw_place, place_at
from data_tools.synth.workers import run_jobs

CONFIG_NAME = "videos.json"
LABEL_COLUMNS = ("start_s", "end_s", "label")
_CODECS = {"avi": "MJPG", "mp4": "mp4v"}
_ADAPTATION_S = 0.7
"""Time in which the camera's exposure follows a change of brightness by 63 %."""


def write_video(
    config: VideoConfig, out_dir: Path, on_frame: Callable[[int, int], None] | None = None, workers: int = 1
) -> list[Path]:
    """Render drive videos and their labels into a new folder.

    Each video `<name>_<number>.<container>` has `<name>_<number>.labels.csv` beside it with the
    columns start_s, end_s, label: the label holds for frames with start_s <= t < end_s.
    The configuration, `videos.json`, is written last: a folder without it is incomplete.

    Args:
        config: What to render.
        out_dir: Folder to fill; must be empty or absent.
        on_frame: Called with (frames done, frames in all) after each frame, or after each
            video where several processes render.
        workers: Processes that render; any number gives the same files.

    Returns:
        Paths of the videos, in order.

    Raises:
        FileExistsError: `out_dir` exists and is not an empty folder.
        OSError: A video could not be written.
    """
    require_empty(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    jobs = [partial(_write_one, config, index, out_dir) for index in range(config.drives)]
    videos = run_jobs(jobs, [frame_count(config)] * config.drives, workers, on_frame)
    write_text(out_dir / CONFIG_NAME, config.model_dump_json(indent=2) + "\n")
    return videos


def frame_count(config: VideoConfig) -> int:
    """Return the number of frames of each video; frame i shows the time i / fps."""
    return int(np.ceil(round(total_s(config.sequence) * config.fps, 6)))


def render_video(config: VideoConfig, index: int) -> Iterator[ByteImage]:
    """Render the frames of one video in order.

    Args:
        config: What to render.
        index: Number of the video, from 0; it and the configuration alone decide what it shows.

    Yields:
        Display RGB, shape (height, width, 3), uint8.
    """
    seed = keyed_seed("synth video", config.seed, index) >> 65
    size_px = (config.height, config.width)
    place = draw_place(config.scene_options(), seed, config.fps, size_px)
    motion, sensor = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(4)[2:])
    camera, layout = place.scene.camera, place.scene.layout
    poses = smooth_poses(camera, layout, config.fps, frame_count(config), size_px, rng=motion)
    light, exposure = metered_light(place.scene), place.scene.exposure
    metering: Metering | None = None
    for frame, pose in enumerate(poses):
        scene, props = place_at(place, state_at(config.sequence, config.transition_s, frame / config.fps))
        radiance = render_radiance(scene, props, pose, frame, size_px)
        wanted = meter(exposure, radiance, light)
        metering = follow(metering, wanted, 1.0 / (config.fps * _ADAPTATION_S)) if metering else wanted
        yield expose(exposure, metering, radiance, sensor)


def _write_one(config: VideoConfig, index: int, out_dir: Path, on_step: Callable[[], None]) -> Path:
    """Write one video, then its labels."""
    path = out_dir / f"{config.name}_{index:03d}.{config.container}"
    partial_path = path.with_name(f".partial_{path.name}")
    writer = cv2.VideoWriter(
        str(partial_path),
        cv2.VideoWriter.fourcc(*_CODECS[config.container]),
        config.fps,
        (config.width, config.height),
    )
    if not writer.isOpened():
        raise OSError(
            f"{path}: expected OpenCV to write {_CODECS[config.container]} video, it cannot; use another container"
        )
    try:
        for picture in render_video(config, index):
            writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
            on_step()
    finally:
        writer.release()
    partial_path.replace(path)
    intervals = label_intervals(config.sequence, config.transition_s, label_transitions=config.label_transitions)
    with path.with_suffix(".labels.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(LABEL_COLUMNS)
        table.writerows(intervals)
    return path
