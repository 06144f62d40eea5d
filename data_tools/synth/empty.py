"""Refuse to write into a folder that holds something."""

from pathlib import Path


def require_empty(out_dir: Path) -> None:
    """Refuse a path that already holds something.

    Raises:
        FileExistsError: `out_dir` exists and is not an empty folder.
    """
    if not out_dir.exists():
        return
    if not out_dir.is_dir():
        found = "a file"
    else:
        names = sorted(entry.name for entry in out_dir.iterdir())
        if not names:
            return
        found = f"{len(names)} entries (first: {names[0]})"
    raise FileExistsError(
        f"expected an absent or empty folder at {out_dir}, found {found}; choose another folder or remove this one"
    )
