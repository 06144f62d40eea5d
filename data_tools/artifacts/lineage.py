"""Walk from any artifact back to the data set it came from."""

import json
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ValidationError

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import Parent
from data_tools.errors import InputError
from data_tools.validation import describe


class _Head(BaseModel):
    """Read what every artifact has, without knowing its class."""

    kind: str
    producer: str = "unknown"
    parents: tuple[Parent, ...]


class Link(NamedTuple):
    """Name one artifact of a chain."""

    kind: str
    role: str
    path: Path
    sha256: str
    producer: str
    depth: int
    state: Literal["ok", "changed", "missing"]


def ancestors(path: Path) -> list[Link]:
    """Return an artifact and everything it descends from, nearest first, each artifact once.

    A parent that is not where it was is reported as `missing`, one whose content differs from what a child was made
    from as `changed`; below a missing or unreadable one the walk cannot go on.

    Args:
        path: Any artifact's JSON file, or an ONNX bundle's manifest.json.

    Raises:
        InputError: The file itself is no artifact.
    """
    start = path.resolve()
    if not start.is_file():
        raise InputError(f"{path}: expected an artifact's JSON file; it does not exist")
    first = _read(start)
    links: dict[tuple[Path, str], Link] = {}
    waiting: list[tuple[Path, Parent | None, int]] = [(start, None, 0)]
    while waiting:
        file, wanted, depth = waiting.pop(0)
        link, head = _inspect(file, wanted, depth) if wanted else (_link(start, first), first)
        key = (link.path, link.sha256)
        if key not in links:
            links[key] = link
            waiting.extend(((file.parent / item.path).resolve(), item, depth + 1) for item in head.parents)
        elif link.state == "changed":
            links[key] = links[key]._replace(state="changed")
    return list(links.values())


def _link(path: Path, head: _Head) -> Link:
    """Describe the artifact that a walk starts from."""
    return Link(head.kind, "itself", path, sha256_file(path), head.producer, 0, "ok")


def _inspect(path: Path, wanted: Parent, depth: int) -> tuple[Link, _Head]:
    """Describe a parent and compare it with what its child was made from."""
    unknown = _Head(kind=wanted.role, parents=())
    if not path.is_file():
        return Link(wanted.role, wanted.role, path, wanted.sha256, "unknown", depth, "missing"), unknown
    found = sha256_file(path)
    state: Literal["ok", "changed"] = "ok" if found == wanted.sha256 else "changed"
    try:
        head = _read(path)
    except InputError:
        if state == "ok":
            raise
        head = unknown
    return Link(head.kind, wanted.role, path, found, head.producer, depth, state), head


def _read(path: Path) -> _Head:
    """Read an artifact's JSON without knowing its class."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected an artifact's JSON, but it cannot be parsed") from error
    try:
        return _Head.model_validate(value)
    except ValidationError as error:
        raise InputError(f"{path}: expected an artifact with kind and parents; {describe(error, _Head)}") from error
