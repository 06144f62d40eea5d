"""Let one process at a time work in a run's folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_tools.errors import InputError


@contextmanager
def locked(run_folder: Path) -> Iterator[None]:
    """Hold the run's lock; the system frees it when the process ends, however it ends.

    Raises:
        InputError: Another process holds it, or the folder cannot be written.
    """
    path = run_folder / ".lock"
    try:
        run_folder.mkdir(parents=True, exist_ok=True)
        stream = path.open("w")
    except OSError as error:
        raise InputError(f"{run_folder}: cannot be written ({error.strerror}); choose another output_dir") from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"{run_folder}: another roadgrip process is working here; wait for it or stop it"
            ) from error
        yield
