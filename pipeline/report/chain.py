"""Walk from an artifact back to everything that it was made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import Parent
from data_tools.errors import InputError
from data_tools.validation import describe


@dataclass(frozen=True)
class Link:
    """Hold one artifact of a chain; an ancestor whose file is not at hand has no producer and no parents."""

    kind: str
    file: str
    sha256: str
    producer: str | None
    parents: tuple[Parent, ...]


class _Head(BaseModel):
    """Read what every artifact has in common."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str
    producer: str
    parents: tuple[Parent, ...]


def walk_back(start: Path, known: Mapping[str, Path]) -> tuple[Link, ...]:
    """Return the artifact and its ancestors, nearest first, each once.

    A parent is looked for where its child recorded it, then among the known files; it counts only if its sha256 is
    the recorded one.

    Args:
        start: The artifact to start from.
        known: Paths of artifacts by sha256.

    Raises:
        InputError: A file of the chain is not an artifact.
    """
    links = [_link(start, sha256_file(start))]
    waiting = [(start, item) for item in links[0].parents]
    seen = {links[0].sha256}
    while waiting:
        child, origin = waiting.pop(0)
        if origin.sha256 in seen:
            continue
        seen.add(origin.sha256)
        path = _find(child, origin, known)
        if path is None:
            links.append(Link(origin.role, Path(origin.path).name, origin.sha256, None, ()))
            continue
        links.append(_link(path, origin.sha256))
        waiting.extend((path, item) for item in links[-1].parents)
    return tuple(links)


def short_path(path: Path) -> str:
    """Return a file's name with its folder's, which tells nothing about the machine."""
    return f"{path.resolve().parent.name}/{path.name}"


def _find(child: Path, origin: Parent, known: Mapping[str, Path]) -> Path | None:
    recorded = child.parent / origin.path
    if recorded.is_file() and sha256_file(recorded) == origin.sha256:
        return recorded
    return known.get(origin.sha256)


def _link(path: Path, sha256: str) -> Link:
    try:
        head = _Head.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InputError(f"{path}: {describe(error, _Head)}") from error
    return Link(head.kind, short_path(path), sha256, head.producer, head.parents)
