"""Name what a source offers, before any picture is opened."""

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


def check_label(label: str, classes: tuple[str, ...], where: str) -> None:
    """Raise unless a label is one of the classes.

    Raises:
        InputError: It is not; the message names the place and the known classes, the closest first.
    """
    if label not in classes:
        raise InputError(f"{where}: unknown class '{label}'; {closest(label, classes)}")
