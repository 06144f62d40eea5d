"""Fill a folder once: a restart finds it whole or not at all."""

from collections.abc import Callable
from pathlib import Path

from data_tools.artifacts.atomic import new_folder

PICTURES_FOLDER = "pictures"
_MOST_BYTES = 80
_DIGITS = 12


def made_name(source: str, stem: str, digest: str) -> str:
    """Return the name of a folder of made pictures: the source's among several, what it is made from, a digest.

    A long stem is cut, for a file system takes names of 255 bytes.

    Examples:
        >>> made_name("", "roads", "0123456789abcdef"), made_name("web", "roads", "0123456789abcdef")
        ('roads-0123456789ab', 'web-roads-0123456789ab')
    """
    parts = (source.encode()[:_MOST_BYTES], stem.encode()[:_MOST_BYTES], digest[:_DIGITS].encode())
    return b"-".join(part for part in parts if part).decode(errors="ignore")


def make_once(target: Path, fill: Callable[[Path], None]) -> Path:
    """Fill a folder, unless a former run has; it appears under its name only when it is whole.

    What a killed run left half-filled is removed.

    Args:
        target: Where the folder goes; its name must change with its content.
        fill: Writes the content to the folder it is given.

    Returns:
        The target.

    Raises:
        OSError: The folder cannot be written.
    """
    if target.is_dir():
        return target
    with new_folder(target) as folder:
        fill(folder)
    return target
