"""Read a zip archive's directory as a stream (PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16).

The standard library keeps an object for every entry; a hostile archive can hold millions. Here nothing is kept, the
number of entries is known before the first one is read, and what is checked is what is unpacked: one reader for both.
"""

import stat
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from data_tools.errors import InputError

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR_BYTES = 20
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_MAX_COMMENT_BYTES = 65535
_MAX32 = 0xFFFFFFFF
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
STORED, DEFLATED = 0, 8


class Directory(NamedTuple):
    """Say where the directory lies and how many entries it claims."""

    start: int
    size_bytes: int
    entries: int
    shift: int
    """What must be added to the archive's own offsets: bytes that stand before it."""


class ZipEntry(NamedTuple):
    """Describe one entry."""

    name: str
    method: int
    crc32: int
    packed_bytes: int
    size_bytes: int
    header_at: int
    is_folder: bool


def find_directory(stream: BinaryIO, path: Path) -> Directory:
    """Find the directory from the archive's end.

    Raises:
        InputError: There is none, or it lies outside the file: cut off, or no zip archive.
    """
    size = stream.seek(0, 2)
    tail_at = max(0, size - _END.size - _MAX_COMMENT_BYTES)
    stream.seek(tail_at)
    tail = stream.read()
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < _END.size:
        raise InputError(f"{path}: expected a zip archive, but its directory is missing; it is cut off or damaged")
    _, _, _, _, entries, length, offset, _ = _END.unpack_from(tail, found)
    end = tail_at + found
    locator_at = end - _END64_LOCATOR_BYTES
    if locator_at >= 0:
        stream.seek(locator_at)
        if stream.read(_END64_LOCATOR_BYTES).startswith(b"PK\x06\x07"):
            end = locator_at - _END64.size
            entries, length, offset = _read_end64(stream, path, end)
    shift = end - length - offset
    if shift < 0:
        raise InputError(f"{path}: expected a zip archive, but its directory lies outside the file; it is damaged")
    return Directory(end - length, length, entries, shift)


def read_entries(stream: BinaryIO, path: Path, directory: Directory) -> Iterator[ZipEntry]:
    """Yield the entries in the directory's order.

    Raises:
        InputError: The directory is damaged or holds another number of entries than it claims; an entry is encrypted,
            a link or a device, is packed by another method than deflate, or has a name that is not UTF-8.
    """
    position, end, count = directory.start, directory.start + directory.size_bytes, 0
    while position < end:
        stream.seek(position)
        fixed = stream.read(_CENTRAL.size)
        if len(fixed) < _CENTRAL.size or not fixed.startswith(b"PK\x01\x02") or count == directory.entries:
            raise InputError(f"{path}: expected a directory of {directory.entries:,} entries, but it is damaged")
        fields = _CENTRAL.unpack(fixed)
        name_bytes, extra_bytes, comment_bytes = fields[10:13]
        raw, extra = stream.read(name_bytes), stream.read(extra_bytes)
        entry = _entry(fields, raw, extra, path, directory.shift)
        if entry.header_at >= directory.start:
            raise InputError(f"{path}: entry '{ascii(entry.name)[1:-1][:80]}' lies outside the file; it is damaged")
        yield entry
        position += _CENTRAL.size + name_bytes + extra_bytes + comment_bytes
        count += 1
    if count != directory.entries or position != end:
        raise InputError(f"{path}: expected {directory.entries:,} entries in the directory, it holds {count:,}")


def _read_end64(stream: BinaryIO, path: Path, at: int) -> tuple[int, int, int]:
    """Read entries, length and offset of a zip64 directory."""
    stream.seek(max(at, 0))
    data = stream.read(_END64.size)
    if len(data) < _END64.size or not data.startswith(b"PK\x06\x06"):
        raise InputError(f"{path}: expected a zip64 directory, but it is damaged")
    fields = _END64.unpack(data)
    return int(fields[7]), int(fields[8]), int(fields[9])


def _entry(fields: Sequence[int], raw: bytes, extra: bytes, path: Path, shift: int) -> ZipEntry:
    """Check one record and return the entry."""
    flags, method, crc32, packed, size, attributes, offset = (fields[index] for index in (3, 4, 7, 8, 9, 15, 16))
    name = raw.decode("utf-8", "surrogateescape")
    shown = ascii(name)[1:-1][:80]
    if flags & _ENCRYPTED:
        raise InputError(f"{path}: entry '{shown}' is encrypted; expected an archive without a password")
    kind = stat.S_IFMT(attributes >> 16)
    is_folder = name.endswith("/")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR) > is_folder:
        raise InputError(f"{path}: entry '{shown}' is a link or a device; expected plain files")
    if method not in (STORED, DEFLATED):
        raise InputError(f"{path}: entry '{shown}' is packed by method {method}; pack the archive with deflate")
    if _MAX32 in (size, packed, offset):
        size, packed, offset = _zip64(extra, size, packed, offset, path)
    if is_folder and size:
        raise InputError(f"{path}: entry '{shown}' is a folder with content; the archive is damaged")
    return ZipEntry(name, method, crc32, packed, size, offset + shift, is_folder)


def _zip64(extra: bytes, size: int, packed: int, offset: int, path: Path) -> tuple[int, int, int]:
    """Take the numbers that do not fit 32 bit from the extra field 0x0001 (section 4.5.3)."""
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        at += 4
        if tag == 1:
            values = [
                int.from_bytes(extra[k : k + 8], "little") for k in range(at, min(at + length, len(extra)) - 7, 8)
            ]
            wide = [number == _MAX32 for number in (size, packed, offset)]
            if len(values) >= sum(wide):
                size, packed, offset = (
                    values[sum(wide[:index])] if wide[index] else number
                    for index, number in enumerate((size, packed, offset))
                )
                return size, packed, offset
        at += length
    raise InputError(f"{path}: expected 64-bit sizes in the directory, but they are missing; the archive is damaged")
