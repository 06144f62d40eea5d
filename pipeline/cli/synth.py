"""Offer `roadgrip data synth`: class folders of synthetic drives, or labelled drive videos."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from data_tools.errors import InputError
from data_tools.synth.config import SynthConfig
from data_tools.synth.video_config import VideoConfig
from pipeline.cli.console import OUT, bars
from pipeline.cli.options import ForceOption, OutOption

Given: TypeAlias = dict[str, object]
"""Values that the command line gave, by key of the configuration."""

_PICTURES = "Class folders"
_LOOKS = "What drives look like"
_VIDEO = "Videos (--video)"
_VIDEO_FLAGS = {
    "sequence": "--sequence",
    "fps": "--fps",
    "drives": "--drives",
    "transition_s": "--transition-s",
    "label_transitions": "--label-transitions",
    "container": "--container",
}
_PICTURE_FLAGS = {
    "preset": "--preset",
    "drives_per_class": "--drives-per-class",
    "frames_per_drive": "--frames-per-drive",
}


def synth(
    out: OutOption,
    preset: Annotated[
        str | None, typer.Option(help="demo or paper; other options change it.", rich_help_panel=_PICTURES)
    ] = None,
    drives_per_class: Annotated[
        int | None, typer.Option(help="Drives for each condition (default 14).", rich_help_panel=_PICTURES)
    ] = None,
    frames_per_drive: Annotated[
        int | None, typer.Option(help="Pictures for each drive (default 10).", rich_help_panel=_PICTURES)
    ] = None,
    height: Annotated[int | None, typer.Option(help="Picture height, px (default 400).")] = None,
    width: Annotated[int | None, typer.Option(help="Picture width, px (default 500).")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed; the same seed draws the same pictures (default 0).")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that render; any number gives the same files.")] = 1,
    difficulty: Annotated[
        float | None,
        typer.Option(help="0: clean day scenes … 1: night, fog, dirt, damp dry roads.", rich_help_panel=_LOOKS),
    ] = None,
    time_of_day: Annotated[
        str | None, typer.Option(help="any, day, dusk, night or mixed.", rich_help_panel=_LOOKS)
    ] = None,
    weather: Annotated[
        str | None,
        typer.Option(help="any, clear, overcast, rain, snowfall, fog or mixed.", rich_help_panel=_LOOKS),
    ] = None,
    headlights: Annotated[str | None, typer.Option(help="auto, on or off.", rich_help_panel=_LOOKS)] = None,
    curves: Annotated[
        str | None, typer.Option(help="any, straight, gentle or winding.", rich_help_panel=_LOOKS)
    ] = None,
    camera_height_m: Annotated[
        tuple[float, float] | None,
        typer.Option(help="Lowest and highest lens over the road, m.", rich_help_panel=_LOOKS),
    ] = None,
    cars: Annotated[float | None, typer.Option(help="Density of other cars, 0 to 1.", rich_help_panel=_LOOKS)] = None,
    lens_dirt: Annotated[float | None, typer.Option(help="Dirt on the lens, 0 to 1.", rich_help_panel=_LOOKS)] = None,
    video: Annotated[
        bool, typer.Option("--video", help="Render labelled videos instead of class folders.", rich_help_panel=_VIDEO)
    ] = False,
    sequence: Annotated[
        str | None,
        typer.Option(help="Conditions and seconds, such as dry:8,wet:8,snow:8 (the default).", rich_help_panel=_VIDEO),
    ] = None,
    fps: Annotated[float | None, typer.Option(help="Frames per second (default 10).", rich_help_panel=_VIDEO)] = None,
    drives: Annotated[int | None, typer.Option(help="Videos (default 1).", rich_help_panel=_VIDEO)] = None,
    transition_s: Annotated[
        float | None,
        typer.Option(help="Seconds in which conditions blend (default 2).", rich_help_panel=_VIDEO),
    ] = None,
    label_transitions: Annotated[
        bool | None,
        typer.Option(
            "--label-transitions", help="Label the blending seconds too, half by half.", rich_help_panel=_VIDEO
        ),
    ] = None,
    container: Annotated[str | None, typer.Option(help="avi (default) or mp4.", rich_help_panel=_VIDEO)] = None,
    overwrite: ForceOption = False,
) -> None:
    """Render synthetic drives: class folders and a manifest.csv with the drive as the group, or labelled videos.

    Examples: roadgrip data synth --preset paper --out drives;
    roadgrip data synth --video --sequence dry:8,wet:8,snow:8 --drives 4 --out videos
    """
    looks: Given = {
        "height": height,
        "width": width,
        "seed": seed,
        "difficulty": difficulty,
        "time_of_day": time_of_day,
        "weather": weather,
        "headlights": headlights,
        "curves": curves,
        "camera_height_m": camera_height_m,
        "cars": cars,
        "lens_dirt": lens_dirt,
    }
    pictures: Given = {"preset": preset, "drives_per_class": drives_per_class, "frames_per_drive": frames_per_drive}
    videos: Given = {
        "sequence": sequence,
        "fps": fps,
        "drives": drives,
        "transition_s": transition_s,
        "label_transitions": label_transitions,
        "container": container,
    }
    if video:
        _refuse(pictures, _PICTURE_FLAGS, "makes class folders, not videos; leave it out, or leave out --video")
        _render_videos(_video_config(looks, videos), out, workers, overwrite)
    else:
        _refuse(videos, _VIDEO_FLAGS, "is for videos; add --video, or leave it out")
        _render_pictures(_picture_config(looks, pictures), out, workers, overwrite)


def _render_pictures(config: SynthConfig, out: Path, workers: int, overwrite: bool) -> None:
    """Render class folders."""
    from data_tools.synth.campaign import MANIFEST_NAME, write_campaign
    from data_tools.synth.drive import plan_drives
    from pipeline.cli.sections import result_folder

    plan = plan_drives(config)
    with result_folder(out, MANIFEST_NAME, overwrite) as folder, bars() as progress:
        write_campaign(config, folder, lambda done, total: progress(done, total, "rendering drives"), workers)
    pictures = sum(drive.frames for drive in plan)
    OUT.print(f"{out / MANIFEST_NAME}: {len(plan)} drives, {pictures} pictures", markup=False)


def _render_videos(config: VideoConfig, out: Path, workers: int, overwrite: bool) -> None:
    """Render videos."""
    from data_tools.synth.video import CONFIG_NAME, frame_count, write_video
    from pipeline.cli.sections import result_folder

    with result_folder(out, CONFIG_NAME, overwrite) as folder, bars() as progress:
        write_video(config, folder, lambda done, total: progress(done, total, "rendering videos"), workers)
    frames = frame_count(config)
    OUT.print(f"{out}: {config.drives} video(s) of {frames} frames, {frames / config.fps:g} s", markup=False)


def _picture_config(looks: Given, pictures: Given) -> SynthConfig:
    """Put what was given on top of the preset, or of the defaults."""
    from data_tools.synth.presets import preset
    from pipeline.stages.loading import validate

    given = {key: value for key, value in {**looks, **pictures}.items() if value is not None}
    name = given.pop("preset", None)
    base = preset(str(name)).model_dump(mode="json") if name else {}
    if "drives_per_class" in given:
        base.pop("pictures_per_class", None)
    return validate({**base, **given}, SynthConfig, "data synth")


def _video_config(looks: Given, videos: Given) -> VideoConfig:
    """Put what was given on top of the defaults."""
    from data_tools.synth.sequence import parse_sequence
    from pipeline.stages.loading import validate

    given = {key: value for key, value in {**looks, **videos}.items() if value is not None}
    if "sequence" in given:
        given["sequence"] = parse_sequence(str(given["sequence"]))
    return validate(given, VideoConfig, "data synth --video")


def _refuse(values: Given, flags: dict[str, str], why: str) -> None:
    """Refuse options that say nothing in this mode."""
    for key, value in values.items():
        if value is not None:
            raise InputError(f"{flags[key]} {why}")
