"""Write unpacked files below one folder, and nowhere else."""

from collections.abc import Iterable
from pathlib import Path


class FileTree:
    """Write files below a folder that nobody else writes to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: set[tuple[str, ...]] = {()}

    def write(self, parts: tuple[str, ...], chunks: Iterable[bytes]) -> int:
        """Write a new file and return its size in bytes.

        Args:
            parts: Checked parts of its path (see `member_names.safe_parts`).
            chunks: Its content.

        Raises:
            FileExistsError: The file is there already.
            OSError: It cannot be written.
        """
        parent = parts[:-1]
        if parent not in self._made:
            self._folder.joinpath(*parent).mkdir(parents=True, exist_ok=True)
            self._made.add(parent)
        size = 0
        with self._folder.joinpath(*parts).open("xb") as stream:
            for chunk in chunks:
                size += stream.write(chunk)
        return size
