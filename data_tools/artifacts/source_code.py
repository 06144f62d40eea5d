"""Digest source code, so that a result can name what made it."""

from functools import cache
from pathlib import Path

from data_tools.artifacts.hashing import sha256_bytes, sha256_json

_ROOT = Path(__file__).resolve().parents[2]
_SUFFIXES = (".py", ".j2")


@cache
def code_version(folder: str) -> str:
    """Return a digest of the source files below a package folder such as `pipeline/training`."""
    files = sorted(path for path in (_ROOT / folder).rglob("*") if path.suffix in _SUFFIXES)
    return sha256_json([[path.relative_to(_ROOT).as_posix(), sha256_bytes(path.read_bytes())] for path in files])
