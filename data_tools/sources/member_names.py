"""Refuse archives whose entries would not unpack to plain files below one folder."""

import re
import unicodedata
from typing import NamedTuple

from data_tools.errors import InputError
from data_tools.sources.candidates import is_usable

_DRIVE = re.compile(r"^[A-Za-z]:")
_MAX_PART_BYTES = 255
_MAX_NAME_BYTES = 1024
SLACK_BYTES = 1 << 20
"""What any entry may unpack to, however small it is packed: short files of one colour pack very well."""


class Limits(NamedTuple):
    """Bound what an archive may unpack to."""

    max_files: int
    max_empty_files: int
    max_bytes: int
    max_ratio: float


class Member(NamedTuple):
    """Describe one entry as the archive's directory does."""

    name: str
    size_bytes: int
    packed_bytes: int | None
    """None: the archive packs all entries together."""
    is_folder: bool


class Inspector:
    """Check entries one after the other, before any of them is written."""

    def __init__(self, archive: str, limits: Limits, packed_bytes: int) -> None:
        self._archive = archive
        self._limits = limits
        self._packed_bytes = packed_bytes
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._empty = 0
        self.entries = 0
        self.files = 0
        self.total_bytes = 0

    def check(self, member: Member) -> None:
        """Raise if an entry breaks a rule, alone or together with those before it.

        Raises:
            InputError: Its name leaves the folder, is no usable file name, or stands twice; or the archive holds more
                files, more empty files or more bytes than the limits allow.
        """
        parts = safe_parts(member.name, self._archive)
        self.entries += 1
        if self.entries > self._limits.max_files:
            raise too_many(self._archive, f"more than {self._limits.max_files:,} entries", "max_files")
        if member.size_bytes < 0:
            raise InputError(f"{self._archive}: entry '{member.name}' has a negative size; the archive is damaged")
        if member.is_folder:
            return
        if not parts:
            raise InputError(f"{self._archive}: entry '{member.name}' is a file without a name; the archive is damaged")
        self._note_name(member.name, parts)
        self.files += 1
        self.total_bytes += member.size_bytes
        self._empty += member.size_bytes == 0
        if self._empty > self._limits.max_empty_files:
            raise too_many(self._archive, f"more than {self._limits.max_empty_files:,} empty files", "max_empty_files")
        if self.total_bytes > self._limits.max_bytes:
            raise too_many(self._archive, f"more than {self._limits.max_bytes:,} bytes", "max_bytes")
        if member.packed_bytes is not None:
            check_ratio(member.name, member.size_bytes, member.packed_bytes, self._limits, self._archive)
        check_ratio("all entries", self.total_bytes, self._packed_bytes, self._limits, self._archive)

    def _note_name(self, name: str, parts: tuple[str, ...]) -> None:
        """Refuse a name that stands twice, also where upper and lower case are one, or a file that is a folder too."""
        keys = [_key(part) for part in parts]
        path = "/".join(keys)
        folders = ["/".join(keys[:depth]) for depth in range(1, len(keys))]
        if path in self._files or path in self._folders or any(folder in self._files for folder in folders):
            raise InputError(
                f"{self._archive}: entry '{name}' stands twice, or differs from another in upper and lower case alone; "
                "expected distinct names"
            )
        self._files.add(path)
        self._folders.update(folders)


def safe_parts(name: str, archive: str) -> tuple[str, ...]:
    """Return the parts of an entry's name, if it stays below the folder it is unpacked to.

    Raises:
        InputError: Absolute, with a drive letter, `..`, a backslash, control characters, bytes that are not UTF-8, or
            longer than a file system takes.
    """
    problem = ""
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if not is_usable(name):
        problem = "has control characters or bytes that are not UTF-8"
    elif "\\" in name:
        problem = "has a backslash"
    elif name.startswith("/") or _DRIVE.match(name):
        problem = "is absolute"
    elif ".." in parts:
        problem = "leads out of its folder"
    elif len(name.encode()) > _MAX_NAME_BYTES or any(len(part.encode()) > _MAX_PART_BYTES for part in parts):
        problem = f"is too long (at most {_MAX_NAME_BYTES} bytes, {_MAX_PART_BYTES} each part)"
    if problem:
        shown = name if is_usable(name) else ascii(name)[1:-1]
        raise InputError(f"{archive}: the name of entry '{shown[:80]}' {problem}; expected plain relative paths")
    return parts


def check_ratio(what: str, size_bytes: int, packed_bytes: int, limits: Limits, archive: str) -> None:
    """Raise when something unpacks to more than the allowed multiple of its packed size.

    Raises:
        InputError: It does; see `SLACK_BYTES`.
    """
    if size_bytes > SLACK_BYTES + limits.max_ratio * packed_bytes:
        raise InputError(
            f"{archive}: {what} unpacks to more than {limits.max_ratio:g} times its packed size ({packed_bytes:,} "
            "bytes), like a zip bomb; set max_ratio if the archive is sound"
        )


def too_many(archive: str, what: str, key: str) -> InputError:
    """Return the error for an archive beyond a limit."""
    return InputError(f"{archive}: expected a smaller archive, it holds {what}; set {key} if it is sound")


def _key(part: str) -> str:
    """Return what two names share on a file system that ignores case and Unicode form."""
    return unicodedata.normalize("NFC", part).casefold()
