"""Write files and folders so that a crash leaves either the old content or the new, never half of it.

Files are flushed to the disk and also survive a power cut; a folder's files are not, and may not.
"""

import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file atomically: a temporary file in the same folder, fsync, then rename.

    Raises:
        OSError: The folder cannot be made or written; no temporary file stays behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically (see `write_bytes`)."""
    write_bytes(path, text.encode())


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield a temporary sibling folder that becomes `target` when the block ends without an error.

    What stood at `target` before is replaced; on an error the temporary folder is removed and
    `target` stays as it was.

    Raises:
        OSError: The parent folder cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _clear_up(target)
    with _own_folder(target, "new") as temporary:
        temporary.chmod(0o777 & ~_umask())
        yield temporary
        _swap(temporary, target)


def remove_folder(target: Path) -> None:
    """Remove a folder: it vanishes under its name at once, and no half of it ever stands there.

    Raises:
        OSError: It cannot be moved aside.
    """
    if target.parent.is_dir():
        _clear_up(target)
    if target.exists():
        with _own_folder(target, "gone") as trash:
            target.rename(trash / target.name)


def _swap(temporary: Path, target: Path) -> None:
    """Put `temporary` in the place of `target`, and drop what `target` held."""
    if not target.exists():
        temporary.rename(target)
        return
    with _own_folder(target, "old") as old:
        moved = old / target.name
        target.rename(moved)
        try:
            temporary.rename(target)
        except BaseException:
            moved.rename(target)
            raise


@contextmanager
def _own_folder(target: Path, role: str) -> Iterator[Path]:
    """Yield a new hidden sibling of `target`, locked as long as the block runs, and remove what is left of it."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.{role}-"))
        handle = os.open(folder, os.O_RDONLY)
        with suppress(OSError):  # a network drive without locks: nothing is cleared up there
            fcntl.flock(handle, fcntl.LOCK_EX)
        if folder.exists():  # else another process cleared it up before it was locked
            break
        os.close(handle)
    try:
        yield folder
    finally:
        try:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)


def _clear_up(target: Path) -> None:
    """Remove what killed processes left beside `target`; one killed in mid-swap gets its old folder back."""
    for role in ("old", "new", "gone"):
        for stale in target.parent.glob(f".{glob.escape(target.name)}.{role}-*"):
            try:
                handle = os.open(stale, os.O_RDONLY)
            except FileNotFoundError:
                continue  # another process was faster
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue  # its process is alive, or the drive has no locks
            else:
                if (stale / target.name).exists() and role == "old" and not target.exists():
                    (stale / target.name).rename(target)
                shutil.rmtree(stale, ignore_errors=True)
            finally:
                os.close(handle)


def _umask() -> int:
    """Return the process's umask (reading it means setting it twice)."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
