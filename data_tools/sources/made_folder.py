"""Fill a folder once: a restart finds it whole or not at all."""

from collections.abc import Callable
from pathlib import Path

from data_tools.artifacts.atomic import new_folder

PICTURES_FOLDER = "pictures"


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
