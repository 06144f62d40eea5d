"""Frame times and the choice of frames, against a naive search and by hand."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from data_tools.randomness import keyed_generator
from data_tools.sources.video_clock import UnreadableVideoError, frame_times, nearest_frames, read_clock
from tests.data_tools.pictures import write
from tests.data_tools.sources.videos import write_video


@pytest.mark.parametrize(("name", "code"), [("a.avi", "MJPG"), ("a.mp4", "mp4v"), ("a.mkv", "MJPG")])
@pytest.mark.parametrize(("frames", "rate"), [(50, 12.5), (31, 30.0), (1, 10.0), (40, 29.97)])
def test_constant_rate(name: str, code: str, frames: int, rate: float, tmp_path: Path):
    clock = read_clock(write_video(tmp_path / name, frames, rate, code), lambda done, total: None)
    # A container may round to milliseconds (mkv does).
    np.testing.assert_allclose(clock.times_s, np.arange(frames) / rate, atol=0.0011)
    assert clock.end_s == pytest.approx(frames / rate, abs=0.003)
    assert clock.promised == frames


def test_stamps_count_where_they_are_plausible():
    assert frame_times([0.0, 0.04, 0.5, 0.52], 25.0) == [0.0, 0.04, 0.5, 0.52], "a variable rate is kept"
    assert frame_times([7.0, 7.04, 7.5], 25.0) == [0.0, 0.04, 0.5], "times start with the first frame"
    assert frame_times([3.0], 25.0) == [0.0]


@pytest.mark.parametrize("stamps", [[0.0, 0.0, 0.0], [0.0, 0.04, 0.02], [0.0, 0.1, 3600.0], [0.0, float("nan"), 0.1]])
def test_index_and_rate_count_otherwise(stamps: list[float]):
    assert frame_times(stamps, 25.0) == [0.0, 0.04, 0.08]
    for rate in (0.0, -1.0, float("nan"), float("inf"), 90000.0):
        assert frame_times(stamps, rate) is None


def naive(times_s: list[float], end_s: float, fps: float) -> list[int]:
    chosen = []
    for time_s in itertools.takewhile(lambda value: value < end_s, (k / fps for k in itertools.count())):
        distances = [round(abs(frame_s - time_s), 9) for frame_s in times_s]
        chosen.append(distances.index(min(distances)))
    return sorted(set(chosen))


@pytest.mark.parametrize("fps", [0.3, 1.0, 2.5, 7.0, 100.0])
@pytest.mark.parametrize("run", range(5))
def test_nearest_frames_equal_a_naive_search(fps: float, run: int):
    steps = keyed_generator("tests", "clock", run).uniform(0.01, 0.6, 60)
    times_s = [0.0, *np.cumsum(steps).round(6).tolist()]
    end_s = times_s[-1] + 0.05
    chosen = nearest_frames(times_s, end_s, fps)
    assert chosen == naive(times_s, end_s, fps)
    assert chosen == sorted(set(chosen))


def test_of_two_frames_equally_near_the_earlier_counts():
    assert nearest_frames([0.0, 0.9, 1.1, 2.0], 2.1, 1.0) == [0, 1, 3]
    assert nearest_frames([index / 10 for index in range(10)], 1.0, 20.0) == list(range(10))
    assert nearest_frames([0.0], 0.1, 1.0) == [0]


def test_no_video(tmp_path: Path):
    for data in (b"", b"no video" * 100):
        with pytest.raises(UnreadableVideoError, match=r"a\.mp4: expected a video"):
            read_clock(write(tmp_path / "a.mp4", data), lambda done, total: None)
