"""Walk from any artifact back to the data set it came from."""

import json
from pathlib import Path
from typing import Literal, NamedTuple

from data_tools.artifacts.hashing import sha256_file
from data_tools.errors import InputError


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

    A parent that is not where it was is reported as `missing`, one whose content differs from what the child was made
    from as `changed`; below a missing one the walk cannot go on.

    Args:
        path: Any artifact's JSON file, or an ONNX bundle's manifest.json.

    Raises:
        InputError: The file itself is no artifact.
    """
    start = path.resolve()
    if not start.is_file():
        raise InputError(f"{path}: expected an artifact's JSON file; it does not exist")
    links: list[Link] = []
    seen: set[tuple[Path, str]] = set()
    waiting: list[tuple[Path, str, str | None, int]] = [(start, "itself", None, 0)]
    while waiting:
        file, role, wanted, depth = waiting.pop(0)
        if not file.is_file():
            if (file, wanted or "") not in seen:
                seen.add((file, wanted or ""))
                links.append(Link(role, role, file, wanted or "", "unknown", depth, "missing"))
            continue
        found = sha256_file(file)
        if (file, found) in seen:
            continue
        seen.add((file, found))
        value = _read(file)
        state: Literal["ok", "changed"] = "ok" if wanted in (None, found) else "changed"
        links.append(Link(str(value["kind"]), role, file, found, str(value.get("producer", "unknown")), depth, state))
        parents = value["parents"]
        if not isinstance(parents, list):
            raise InputError(f"{file}: expected a list of parents")
        waiting.extend(
            ((file.parent / item["path"]).resolve(), item["role"], item["sha256"], depth + 1) for item in parents
        )
    return links


def _read(path: Path) -> dict[str, object]:
    """Read an artifact's JSON without knowing its class."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected an artifact's JSON, but it cannot be parsed") from error
    if not isinstance(value, dict) or "kind" not in value or "parents" not in value:
        raise InputError(f"{path}: expected an artifact with the keys kind and parents")
    return value
