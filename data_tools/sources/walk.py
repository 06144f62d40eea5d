"""Walk a folder of pictures, and set aside what no table can hold."""

import os
from pathlib import Path
from typing import NamedTuple

from data_tools.images.decode import SUFFIXES
from data_tools.sources.candidates import SetAside, is_usable

_ARCHIVER_FOLDER = "__MACOSX"


class Walked(NamedTuple):
    """Hold the picture files of a folder, by path from it, and what was set aside."""

    pictures: list[str]
    set_aside: list[SetAside]


def visible(name: str) -> bool:
    """Tell whether a file or folder counts: not hidden, and not what macOS adds to archives."""
    return not name.startswith(".") and name != _ARCHIVER_FOLDER


def walk_pictures(root: Path, below: str = "") -> Walked:
    """List `root/below/**`, in sorted order of the path's parts.

    Files whose suffix is no picture's, names that no table can hold, and links to folders or to nothing are set
    aside; hidden files and folders do not count. Links to files count.
    """
    pictures: list[tuple[str, ...]] = []
    set_aside: list[SetAside] = []
    waiting = [tuple(part for part in below.split("/") if part)]
    while waiting:
        inside = waiting.pop()
        with os.scandir(root.joinpath(*inside)) as entries:
            for entry in entries:
                parts = (*inside, entry.name)
                if not visible(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(parts)
                elif problem := _problem(entry, "/".join(parts)):
                    set_aside.append(problem)
                else:
                    pictures.append(parts)
    return Walked(["/".join(parts) for parts in sorted(pictures)], sorted(set_aside))


def _problem(entry: os.DirEntry[str], path: str) -> SetAside | None:
    """Return why a file cannot be a candidate."""
    if not is_usable(path):
        detail = "control characters, or bytes that are not UTF-8; rename it"
        return SetAside(ascii(path)[1:-1], "unusable_name", detail)
    if not entry.is_file():
        return SetAside(path, "link", "a link to a folder or to nothing is not followed")
    stem, dot, suffix = entry.name.rpartition(".")
    if not stem or f".{suffix.lower()}" not in SUFFIXES:
        return SetAside(path, "unknown_suffix", f"{dot}{suffix}" if stem else "no suffix")
    return None
