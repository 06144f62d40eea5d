"""Tell whether a source's files changed since they were last read, without opening them."""

from pathlib import Path

from data_tools.artifacts.hashing import sha256_json
from data_tools.dataset.config import Source, SynthSource


def fingerprint(source: Source) -> str:
    """Return a digest of path, size and modification time of every file of a source.

    A synthetic source has no files: its configuration says it all. A path that does not exist gives the digest of
    nothing; reading it raises the clear error.
    """
    if isinstance(source, SynthSource):
        return "synthetic"
    if not source.path.exists():
        return sha256_json([])
    root = source.path if source.path.is_dir() else source.path.parent
    return sha256_json([_entry(path, root) for path in sorted(root.rglob("*")) if path.is_file()])


def _entry(path: Path, root: Path) -> list[str | int]:
    """Describe one file."""
    stat = path.stat()
    return [path.relative_to(root).as_posix(), stat.st_size, stat.st_mtime_ns]
