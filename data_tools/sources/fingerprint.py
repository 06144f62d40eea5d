"""Tell whether files changed since they were last read, without opening them."""

import os
from collections.abc import Iterator
from pathlib import Path

from data_tools.artifacts.hashing import sha256_json

Entry = tuple[str, int, int]
"""Path from the root, size in bytes, modification time in ns."""


def tree_fingerprint(path: Path) -> str:
    """Return a digest of every file below a folder, or below the folder that a file lies in.

    Moving the folder does not change it. A path that does not exist gives the digest of nothing; reading it raises
    the clear error.
    """
    if not path.exists():
        return sha256_json([])
    root = path if path.is_dir() else path.parent
    return sha256_json(sorted(_entries(str(root), "", ())))


def file_fingerprint(*paths: Path) -> str:
    """Return a digest of single files; those that do not exist count as absent."""
    return sha256_json([file_entry(path) if path.is_file() else None for path in paths])


def file_entry(path: Path) -> Entry:
    """Describe one file by name, size and modification time."""
    stat = path.stat()
    return path.name, stat.st_size, stat.st_mtime_ns


def _entries(folder: str, inside: str, above: tuple[str, ...]) -> Iterator[Entry]:
    """Describe the files below a folder, also behind links, but for links back to a folder above."""
    real = os.path.realpath(folder)
    if real in above:
        return
    with os.scandir(folder) as found:
        for item in found:
            name = f"{inside}{item.name}"
            if item.is_dir():
                yield from _entries(item.path, f"{name}/", (*above, real))
            elif item.is_file():
                stat = item.stat()
                yield name, stat.st_size, stat.st_mtime_ns
