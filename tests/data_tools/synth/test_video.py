"""Labelled videos: frames, labels, smoothness, workers."""

import csv

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from data_tools.synth.exposure import Metering, follow
from data_tools.synth.transition import RoadState
from data_tools.synth.video import frame_count, render_video, write_video
from data_tools.synth.video_config import VideoConfig
from data_tools.synth.weathering import draw_place, place_at

CONFIG = VideoConfig(
    sequence=(("dry", 1.0), ("wet", 1.5), ("snow", 1.0)), transition_s=0.6, drives=2, fps=8, height=48, width=64, seed=2
)


def decode(path):
    capture = cv2.VideoCapture(str(path))
    rate, frames = capture.get(cv2.CAP_PROP_FPS), []
    while True:
        done, frame = capture.read()
        if not done:
            return rate, frames
        frames.append(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB).astype(float))


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    calls = []
    paths = write_video(CONFIG, tmp_path_factory.mktemp("v") / "out", lambda done, total: calls.append((done, total)))
    return paths, calls


def test_files_and_progress(videos):
    paths, calls = videos
    assert sorted(path.name for path in paths[0].parent.iterdir()) == [
        "drive_000.avi",
        "drive_000.labels.csv",
        "drive_001.avi",
        "drive_001.labels.csv",
        "videos.json",
    ]
    assert calls == [(done, 56) for done in range(1, 57)]
    assert VideoConfig.model_validate_json((paths[0].parent / "videos.json").read_text()) == CONFIG


def test_every_frame_decodes_to_what_was_rendered(videos):
    rate, frames = decode(videos[0][1])
    rendered = list(render_video(CONFIG, 1))
    assert rate == 8
    assert len(frames) == len(rendered) == frame_count(CONFIG) == 28
    for stored, drawn in zip(frames, rendered, strict=True):
        assert np.abs(stored.mean(axis=(0, 1)) - drawn.mean(axis=(0, 1))).max() < 3.0


def test_labels_are_the_sequence(videos):
    with videos[0][0].with_suffix(".labels.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    assert rows == [
        ["start_s", "end_s", "label"],
        ["0.0", "0.7", "dry"],
        ["1.3", "2.2", "wet"],
        ["2.8", "3.5", "snow"],
    ]


def test_mp4_decodes_too(tmp_path):
    config = CONFIG.model_copy(update={"container": "mp4", "drives": 1, "sequence": (("wet", 1.0),), "name": "rain"})
    (path,) = write_video(config, tmp_path)
    assert path.name == "rain_000.mp4"
    rate, frames = decode(path)
    assert (rate, len(frames)) == (8, 8)


def test_videos_of_other_seeds_differ():
    first, second = (next(iter(render_video(CONFIG, index))) for index in (0, 1))
    assert np.abs(first.astype(float) - second).mean() > 3.0


@pytest.mark.parametrize("seed", [1, 5])
def test_brightness_and_view_change_smoothly(seed):
    sequence = (("dry", 1.5), ("wet", 2.0), ("snow", 1.5))
    update = {"seed": seed, "fps": 20.0, "cars": 0.0, "sequence": sequence, "transition_s": 1.2}
    config = CONFIG.model_copy(update=update)
    small = [cv2.resize(frame, (8, 6), interpolation=cv2.INTER_AREA) for frame in render_video(config, 0)]
    steps = np.abs(np.diff(np.stack(small).astype(float), axis=0)).mean(axis=(1, 2, 3))
    assert steps.max() < 12.0


def test_state_ends_where_the_conditions_are(videos):
    place = draw_place(CONFIG.scene_options(), 7, 8.0, (48, 64))
    dry, _ = place_at(place, RoadState(0, 0, 0, 0))
    wet, _ = place_at(place, RoadState(1, 0, 1, 0))
    snow, props = place_at(place, RoadState(0, 1, 0, 1))
    assert (dry.wetness, dry.snow) == (None, None)
    assert (wet.wetness, wet.snow) == (place.wetness, None)
    assert (snow.wetness, snow.snow) == (None, place.snow)
    assert props.sprites is place.frosted.sprites
    for name in ("camera", "layout", "surface", "daylight", "exposure"):
        assert getattr(dry, name) == getattr(wet, name) == getattr(snow, name)


def test_exposure_follows_in_octaves():
    table = np.zeros(4096, dtype=np.uint8)
    before, wanted = (Metering(np.float32([gain] * 3), table) for gain in (1.0, 16.0))
    assert follow(before, wanted, 0.25).gains == pytest.approx(2.0)
    assert follow(before, wanted, 3.0).gains == pytest.approx(16.0)


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        ({"sequence": (("dry", 2.0), ("wet", 1.0), ("dry", 9.0))}, "expected wet to last"),
        ({"sequence": ()}, "sequence"),
        ({"sequence": (("ice", 3.0),)}, "sequence"),
        ({"sequence": (("dry", float("inf")),)}, "up to 3600"),
        ({"sequence": (("dry", -1.0),)}, "up to 3600"),
        ({"transition_s": 0.0}, "transition_s"),
        ({"fps": 0.5}, "fps"),
        ({"container": "mkv"}, "container"),
        ({"name": "a/b"}, "name"),
        ({"width": 65}, "width"),
        ({"colour": 1}, "colour"),
    ],
)
def test_bad_configurations_are_refused(bad, match):
    with pytest.raises(ValidationError, match=match):
        VideoConfig.model_validate(bad)
