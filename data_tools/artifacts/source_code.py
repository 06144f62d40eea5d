"""Digest source code, so that a result can name what made it."""

from functools import cache
from pathlib import Path

from data_tools.artifacts.hashing import sha256_bytes, sha256_json

_ROOT = Path(__file__).resolve().parents[2]
_SUFFIXES = (".py", ".j2")


@cache
def code_version(place: str, without: str | None = None) -> str:
    """Return a digest of one source file, or of all below a package folder such as `pipeline/training`.

    Args:
        place: A file or a folder, relative to the folder that holds the packages.
        without: A folder below `place` that is left out.

    Raises:
        FileNotFoundError: There is no source there; a digest of nothing would never change.
    """
    path = _ROOT / place
    files = [path] if path.is_file() else sorted(item for item in path.rglob("*") if item.suffix in _SUFFIXES)
    if without is not None:
        files = [item for item in files if not item.is_relative_to(_ROOT / without)]
    if not files:
        raise FileNotFoundError(f"{path}: expected source code, found none")
    return sha256_json([[item.relative_to(_ROOT).as_posix(), sha256_bytes(item.read_bytes())] for item in files])
