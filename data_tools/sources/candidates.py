"""Name what a source offers, before any picture is opened."""

import re
from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError
from data_tools.progress import Progress, silent
from data_tools.sources.labels import LabelMap

_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Candidate(NamedTuple):
    """Name one file that a source offers as a picture."""

    path: str
    """From its root, with forward slashes; unique in its listing."""
    label: str
    """One of the data set's classes."""
    source: str
    group: str
    """The drive: pictures of one drive never part."""
    camera: str = ""
    """Empty: unknown."""
    time_s: float | None = None
    """Capture time: Unix time, or any clock that the drive's pictures share; None: unknown."""
    source_label: str = ""
    """What the source itself calls it; empty when equal to `label`."""


class SetAside(NamedTuple):
    """Name one file that was offered, but is unusable by its name alone."""

    path: str
    reason: str
    detail: str


class Listing(NamedTuple):
    """Hold what a source offers."""

    roots: dict[str, Path]
    """`{"": folder}` for one source; `{"a": folder, "b": folder}` for several: then paths start with `a/` or `b/`."""
    candidates: list[Candidate]
    set_aside: list[SetAside]
    skipped: dict[str, int]
    """Counted, not listed: `{"frames without a label": 120}`."""


class SourceContext(NamedTuple):
    """Say for which classes and with which label map a source is read, and where it may put pictures."""

    classes: tuple[str, ...]
    labels: LabelMap
    work_dir: Path
    """Kept between restarts of one build, which alone uses it; made pictures go to `pictures/` below it."""
    progress: Progress = silent
    partial: bool = False
    """The source is one of several: a class may be missing from it."""
    name: str = ""
    """Of the source among several; the folders that it makes start with it."""


def is_usable(text: str) -> bool:
    """Tell whether a name can stand in a table: no control characters, no bytes that are not UTF-8."""
    return not _UNUSABLE.search(text)


def check_root(root: Path) -> None:
    """Raise unless a source's folder has a path that an artifact can hold.

    Raises:
        InputError: The path has control characters or is not UTF-8.
    """
    if not is_usable(str(root.resolve())):
        raise InputError(f"{str(root)!a}: expected a path in UTF-8 without control characters; rename the folder")


def file_of(roots: dict[str, Path], path: str) -> Path:
    """Return the file that a candidate's path names.

    Args:
        roots: As in a `Listing`.
        path: From its root.

    Raises:
        InputError: The path starts with no root.
    """
    if "" in roots:
        return roots[""] / path
    first, _, rest = path.partition("/")
    if first not in roots:
        raise InputError(f"{path}: expected a path that starts with one of {', '.join(roots)}")
    return roots[first] / rest
