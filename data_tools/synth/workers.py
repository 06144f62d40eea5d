"""Run independent jobs in this process or in several, with the same results."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

import cv2

ResultT = TypeVar("ResultT")
Job = Callable[[Callable[[], None]], ResultT]
"""A job takes a function to call after each of its steps; several processes need it to be picklable."""


def run_jobs(
    jobs: Sequence[Job[ResultT]], steps: Sequence[int], workers: int, on_step: Callable[[int, int], None] | None
) -> list[ResultT]:
    """Run jobs and return their results in the order of the jobs.

    Args:
        jobs: What to run.
        steps: How many steps each job has.
        workers: Number of processes; 1 runs every job in this one.
        on_step: Called with (steps done, steps in all): after each step where this process
            runs the jobs, for all steps of a job when it ends where others do.

    Raises:
        ValueError: `workers` is less than 1.
    """
    if workers < 1:
        raise ValueError(f"expected at least 1 worker, got {workers}")
    done, total = 0, sum(steps)

    def count() -> None:
        nonlocal done
        done += 1
        if on_step is not None:
            on_step(done, total)

    if workers == 1 or len(jobs) < 2:
        return [job(count) for job in jobs]
    # Spawned, not forked: a caller's threads (OpenCV's, torch's) do not survive a fork.
    pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=get_context("spawn"), initializer=_one_thread)
    with pool:
        running: dict[Future[ResultT], int] = {pool.submit(job, _ignore): at for at, job in enumerate(jobs)}
        try:
            for future in as_completed(running):
                future.result()
                for _ in range(steps[running[future]]):
                    count()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in running]


def _one_thread() -> None:
    """Keep OpenCV in a worker from starting a thread for each core."""
    cv2.setNumThreads(1)


def _ignore() -> None:
    """Take no notice of a step."""
