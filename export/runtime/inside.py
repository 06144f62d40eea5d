"""Open the files of a bundle without ever leaving its folder."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from data_tools.errors import CheckFailedError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, a pipe put in the file's place after it was looked at would hang the open.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_inside(folder: Path, name: str) -> BinaryIO:
    """Open a regular file of a folder for reading; no symbolic link below the folder is followed.

    The way down is walked folder by folder with open handles, so that nothing can be exchanged for a link in between.

    Args:
        folder: The bundle's folder, itself as the user gave it.
        name: Relative to `folder`, with forward slashes, without '..' (see `limits.PATH_PATTERN`).

    Raises:
        CheckFailedError: It is missing, a link or below one, a folder, a device or a pipe, or it cannot be read.
    """
    path = folder / name
    *folders, last = name.split("/")
    handle = -1
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for part in folders:
            _check_kind(path, part, handle, stat.S_IFDIR)
            below = os.open(part, _FOLDER, dir_fd=handle)
            os.close(handle)
            handle = below
        _check_kind(path, last, handle, stat.S_IFREG)
        file = os.open(last, _FILE, dir_fd=handle)
    except FileNotFoundError as error:
        raise CheckFailedError(f"{path}: missing, although the bundle lists it; copy the bundle anew") from error
    except OSError as error:
        raise CheckFailedError(f"{path}: cannot be read, although the bundle lists it ({error.strerror})") from error
    finally:
        if handle >= 0:
            os.close(handle)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise CheckFailedError(f"{path}: expected a plain file, it was exchanged for something else")
    return os.fdopen(file, "rb")


def read_inside(folder: Path, name: str, limit: int) -> bytes:
    """Read a whole file of a folder (see `open_inside`).

    Raises:
        CheckFailedError: As `open_inside`, or the file has more than `limit` bytes, of which none are read.
    """
    with open_inside(folder, name) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > limit:
            raise CheckFailedError(f"{folder / name}: expected at most {limit} bytes, found {size}")
        return read_some(stream, limit, folder / name)


def read_some(stream: BinaryIO, most: int, path: Path) -> bytes:
    """Read at most so many bytes, and name the file where the disk fails.

    Raises:
        CheckFailedError: The system cannot read the file.
    """
    try:
        return stream.read(most)
    except OSError as error:
        raise CheckFailedError(f"{path}: cannot be read to its end ({error.strerror}); copy the bundle anew") from error


def is_there(folder: Path, name: str) -> bool:
    """Tell whether a folder holds something of this name, be it a link that leads nowhere."""
    return os.path.lexists(folder / name)


def _check_kind(path: Path, part: str, handle: int, wanted: int) -> None:
    """Check that a part of the way is a folder or a plain file, not a link."""
    mode = os.stat(part, dir_fd=handle, follow_symlinks=False).st_mode
    if stat.S_IFMT(mode) == wanted:
        return
    kinds = {stat.S_IFLNK: "a symbolic link", stat.S_IFDIR: "a folder", stat.S_IFREG: "a file"}
    found = kinds.get(stat.S_IFMT(mode), "a device or a pipe")
    expected = "a folder" if wanted == stat.S_IFDIR else "a plain file"
    raise CheckFailedError(
        f"{path}: expected {expected} at '{part}', found {found}; copy the bundle anew, without links"
    )
