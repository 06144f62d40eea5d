"""The local engine: same results for any number of workers, errors as they are, no process left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest

from data_tools.dataset import inspect_all
from data_tools.dataset.stage import run
from data_tools.engines.engine import make_engine, usable_cores
from data_tools.engines.local import LocalEngine
from data_tools.errors import RoadgripError
from tests.data_tools.dataset.builds import contents, folders_config, scene
from tests.data_tools.engines.jobs import die_at_three, fail_at_three, process_of, square, threads_of
from tests.data_tools.pictures import CLASSES, encode, write

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_every_job_runs_once(workers: int):
    assert sorted(LocalEngine(workers).run(square, range(7))) == [number * number for number in range(7)]


def test_no_job_and_a_single_job_need_no_other_process():
    assert list(LocalEngine(2).run(square, [])) == []
    assert list(LocalEngine(2).run(process_of, [0.0])) == [os.getpid()]


def test_jobs_run_in_as_many_processes_as_workers():
    found = set(LocalEngine(2).run(process_of, [0.1] * 8))
    assert len(found) == 2
    assert os.getpid() not in found


def test_engine_by_name():
    assert list(make_engine("local", 1).run(square, [3])) == [9]
    assert list(make_engine("local").run(square, [3])) == [9]
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
    with pytest.raises(ValueError, match="expected at least 1 worker, got 0"):
        LocalEngine(0)


@pytest.mark.parametrize("jobs", [[3], range(6)])
def test_error_arrives_as_it_is(jobs: list[int]):
    with pytest.raises(OSError, match="No space left") as caught:
        list(LocalEngine(2).run(fail_at_three, jobs))
    assert type(caught.value) is OSError
    assert (caught.value.errno, caught.value.filename) == (28, "shard.tar")


def test_killed_worker_is_one_line():
    with pytest.raises(RoadgripError, match="a worker process died") as caught:
        list(LocalEngine(2).run(die_at_three, range(6)))
    assert "\n" not in str(caught.value)


def test_abandoned_results_end_the_workers():
    results = LocalEngine(2).run(process_of, [0.01] * 40)
    workers = {next(results), next(results)}
    results.close()
    assert not any(alive(worker) for worker in workers)


def alive(process: int) -> bool:
    """Tell whether a process runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(true: object, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(true())


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")
def test_workers_end_with_a_killed_parent(tmp_path: Path):
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.data_tools.engines.jobs", str(tmp_path)], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        assert wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
        workers = [int(path.name) for path in tmp_path.iterdir()]
        assert all(alive(worker) for worker in workers)
        assert parent.pid not in workers
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    assert wait_until(lambda: not any(alive(worker) for worker in workers)), "orphans"


def mixed_roads(root: Path) -> Path:
    """Return 45 pictures with copies of every kind among them, and files that are none."""
    for index in range(45):
        label = CLASSES[index % 3]
        suffix = ".jpg" if index % 2 else ".png"
        write(root / label / f"{label}_{index // 9}" / f"{index}{suffix}", encode(scene(index // 2), suffix))
    write(root / "wet" / "broken.jpg", b"no picture")
    write(root / "snow" / "snow_1" / "copy.png", (root / "snow" / "snow_0" / "2.png").read_bytes())
    return root


def test_data_set_does_not_depend_on_the_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inspect_all, "SHARD_PICTURES", 8)
    config = folders_config(mixed_roads(tmp_path / "roads"), cache={"height": 48, "width": 64})
    built = [contents(run(config, tmp_path / str(n), engine=LocalEngine(n)).parent) for n in (1, 2, 3)]
    assert len([name for name in built[0] if name.endswith(".tar")]) == 6
    assert len(built[0]["near_duplicates.csv"].splitlines()) > 5
    assert built[0] == built[1] == built[2]


def test_a_worker_has_one_core_and_this_process_keeps_its_own():
    before = cv2.getNumThreads()
    assert list(LocalEngine(2).run(threads_of, range(3))) == [1, 1, 1]
    assert cv2.getNumThreads() == before
