"""Name what a source offers, before any picture is opened."""

import re
from pathlib import Path
from typing import NamedTuple

from data_tools.dataset.records import SetAsideRecord
from data_tools.errors import InputError
from data_tools.validation import closest


class Candidate(NamedTuple):
    """Name one file that a source offers as a picture."""

    path: str
    label: str
    source: str
    group: str


class Listing(NamedTuple):
    """Hold what a source offers; paths start from `root`."""

    root: Path
    candidates: list[Candidate]
    set_aside: list[SetAsideRecord]


_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


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


def check_label(label: str, classes: tuple[str, ...], where: str) -> None:
    """Raise unless a label is one of the classes.

    Raises:
        InputError: It is not; the message names the place and the known classes, the closest first.
    """
    if label not in classes:
        raise InputError(f"{where}: unknown class '{label}'; {closest(label, classes)}")
