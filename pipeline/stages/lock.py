"""Let one process at a time work in a run's folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from data_tools.errors import InputError


@contextmanager
def locked(run_folder: Path) -> Iterator[None]:
    """Hold the run's lock; the system frees it when the process ends, however it ends.

    Raises:
        InputError: Another process holds it, or the folder cannot be written.
    """
    stream = _acquire(run_folder)
    with stream:
        yield


def _acquire(run_folder: Path) -> TextIO:
    """Return the locked file; one that was removed with its folder in the meantime guards nothing and is let go."""
    path = run_folder / ".lock"
    while True:
        try:
            run_folder.mkdir(parents=True, exist_ok=True)
            stream = path.open("w")
        except OSError as error:
            raise InputError(f"{run_folder}: cannot be written ({error.strerror}); choose another folder") from error
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            stream.close()
            raise InputError(
                f"{run_folder}: another roadgrip process is working here; wait for it or stop it"
            ) from error
        if path.exists() and os.path.samestat(path.stat(), os.fstat(stream.fileno())):
            return stream
        stream.close()
