"""Compute the key of a stage: what would have to change for its result to change."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel

from data_tools.artifacts.hashing import sha256_bytes, sha256_json

_ROOT = Path(__file__).resolve().parents[2]
_SOURCE_SUFFIXES = (".py", ".j2")


@cache
def code_version(folder: str) -> str:
    """Return a digest of the source files below a package folder such as `pipeline/training`."""
    files = sorted(path for path in (_ROOT / folder).rglob("*") if path.suffix in _SOURCE_SUFFIXES)
    return sha256_json([[path.relative_to(_ROOT).as_posix(), sha256_bytes(path.read_bytes())] for path in files])


def stage_key(
    name: str, config: BaseModel, parents: dict[str, str], code: tuple[str, ...], outside: dict[str, str]
) -> str:
    """Return the key of a stage.

    Args:
        name: The stage's name.
        config: Its configuration.
        parents: sha256 of every artifact it reads.
        code: Package folders whose source decides its result.
        outside: Fingerprints of what it reads from outside the run: pictures, a weight file, the host.
    """
    return sha256_json(
        {
            "stage": name,
            "config": config.model_dump(mode="json"),
            "parents": parents,
            "code": {folder: code_version(folder) for folder in code},
            "outside": outside,
        }
    )
