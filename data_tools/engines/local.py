"""Run jobs in processes on this machine."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import TypeVar

import cv2

from data_tools.errors import RoadgripError
from data_tools.freed_memory import keep_freed_memory

JobT = TypeVar("JobT")
ResultT = TypeVar("ResultT")


class LocalEngine:
    """Run jobs in `workers` processes of one core each; a single job runs in this process."""

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"expected at least 1 worker, got {workers}")
        self._workers = workers

    def run(self, function: Callable[[JobT], ResultT], jobs: Sequence[JobT]) -> Iterator[ResultT]:
        """Yield the results in the order in which they come (see `Engine`).

        Raises:
            RoadgripError: A worker process died, for instance because the machine has no memory left.
        """
        if len(jobs) <= 1:
            yield from map(function, jobs)
            return
        # spawn: a forked child would inherit OpenCV's and the progress bar's threads in an undefined state.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(self._workers, len(jobs)), mp_context=context, initializer=start_worker) as pool:
            try:
                futures = [pool.submit(function, job) for job in jobs]
                for future in as_completed(futures):
                    yield future.result()
            except BrokenProcessPool as error:
                raise RoadgripError("a worker process died; is there memory left? Try fewer workers") from error
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


def start_worker() -> None:
    """Keep to one core, reuse memory, and end when the parent process dies: a killed build leaves no orphans."""
    cv2.setNumThreads(1)
    keep_freed_memory()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    """Wait for the parent's end."""
    wait([sentinel])
    os._exit(1)
