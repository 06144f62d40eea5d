"""Make contexts and files for the tests of the sources."""

import os
from pathlib import Path

import pytest

from data_tools.errors import InputError
from data_tools.progress import silent
from data_tools.sources.candidates import Listing, SourceContext
from data_tools.sources.labels import LabelMap
from data_tools.sources.registry import Source
from tests.data_tools.pictures import CLASSES, write


def context(work: Path = Path("work"), labels: object = None, classes: tuple[str, ...] = CLASSES) -> SourceContext:
    return SourceContext(classes, LabelMap.model_validate(labels or {}), work, silent)


def touch(root: Path, *names: str) -> Path:
    for name in names:
        write(root / name, b"x")
    return root


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return everything below a folder: files with their content, folders as None."""
    found: dict[str, bytes | None] = {}
    for parent, folders, names in os.walk(folder):
        for name in folders:
            found[str(Path(parent, name).relative_to(folder))] = None
        for name in names:
            found[str(Path(parent, name).relative_to(folder))] = Path(parent, name).read_bytes()
    return found


def refusal(source: Source, where: SourceContext) -> str:
    with pytest.raises(InputError) as caught:
        source.offer(where)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def paths(listing: Listing) -> list[str]:
    return [item.path for item in listing.candidates]
