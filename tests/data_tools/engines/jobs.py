"""Functions that travel to worker processes, and a program that is killed in the middle of its work."""

import os
import signal
import sys
import time
from pathlib import Path

import cv2

from data_tools.engines.local import LocalEngine


def square(number: int) -> int:
    return number * number


def process_of(seconds: float) -> int:
    """Return which process runs this, after a while, so that no worker gets all jobs."""
    time.sleep(seconds)
    return os.getpid()


def threads_of(_: int) -> int:
    """Return how many threads OpenCV takes here."""
    return cv2.getNumThreads()


def fail_at_three(number: int) -> int:
    if number == 3:
        raise OSError(28, "No space left on device", "shard.tar")
    return number


def die_at_three(number: int) -> int:
    """End as a process that the system killed for its memory."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def sleep_long(folder: str) -> None:
    """Tell which process runs this by a file, and hang as long as a test may take."""
    Path(folder, str(os.getpid())).touch()
    time.sleep(120)


if __name__ == "__main__":
    list(LocalEngine(2).run(sleep_long, [sys.argv[1]] * 4))
