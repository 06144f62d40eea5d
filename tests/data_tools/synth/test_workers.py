"""Several processes write the same bytes as one."""

from functools import partial

import pytest

from data_tools.synth.campaign import write_campaign
from data_tools.synth.config import SynthConfig
from data_tools.synth.video import write_video
from data_tools.synth.video_config import VideoConfig
from data_tools.synth.workers import run_jobs

PICTURES = SynthConfig(drives_per_class=1, frames_per_drive=2, height=48, width=64)
VIDEOS = VideoConfig(sequence=(("dry", 0.5),), drives=2, fps=4, height=48, width=64)


def steps_then(result, steps, on_step):
    for _ in range(steps):
        on_step()
    return result


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("write", "config"), [(write_campaign, PICTURES), (write_video, VIDEOS)])
def test_files_do_not_depend_on_the_number_of_workers(write, config, tmp_path):
    calls = []
    write(config, tmp_path / "one")
    write(config, tmp_path / "two", lambda done, total: calls.append((done, total)), workers=2)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert calls == [(done, len(calls)) for done in range(1, len(calls) + 1)]


def test_results_come_in_the_order_of_the_jobs():
    calls = []
    jobs = [partial(steps_then, name, 2) for name in "abc"]
    assert run_jobs(jobs, [2, 2, 2], 1, lambda done, total: calls.append((done, total))) == ["a", "b", "c"]
    assert calls == [(done, 6) for done in range(1, 7)]


def test_no_worker_is_refused():
    with pytest.raises(ValueError, match="expected at least 1 worker, got 0"):
        run_jobs([], [], 0, None)
