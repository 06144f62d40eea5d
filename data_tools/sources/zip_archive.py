"""Unpack a zip archive as a stream, counting what is written."""

import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from data_tools.errors import InputError
from data_tools.sources.member_names import Inspector, Limits, Member, check_ratio, safe_parts, too_many
from data_tools.sources.unpacking import FileTree
from data_tools.sources.zip_directory import DEFLATED, ZipEntry, find_directory, read_entries

_LOCAL = struct.Struct("<4s5H3L2H")
_CHUNK_BYTES = 1 << 18
_MIN_ENTRY_BYTES = 46


def inspect_zip(path: Path, limits: Limits) -> int:
    """Check every entry of a zip archive without unpacking any, and return the number of files.

    The claimed number of entries and the directory's size are looked at first: an archive beyond the limit costs
    nothing.

    Raises:
        InputError: The archive is damaged, hostile or larger than the limits.
    """
    inspector = Inspector(str(path), limits, path.stat().st_size)
    with path.open("rb") as stream:
        directory = find_directory(stream, path)
        if directory.entries > limits.max_files:
            raise too_many(str(path), f"{directory.entries:,} entries", "max_files")
        if directory.size_bytes < directory.entries * _MIN_ENTRY_BYTES:
            raise InputError(f"{path}: expected a directory of {directory.entries:,} entries, but it is damaged")
        for entry in read_entries(stream, path, directory):
            inspector.check(Member(entry.name, entry.size_bytes, entry.packed_bytes, entry.is_folder))
    return inspector.files


def unpack_zip(path: Path, folder: Path, limits: Limits, on_file: Callable[[int], None]) -> None:
    """Unpack an inspected zip archive.

    Raises:
        InputError: An entry's data is not what the directory says: longer, shorter, another checksum, or damaged.
    """
    tree = FileTree(folder)
    total = done = 0
    with path.open("rb") as listing, path.open("rb") as data:
        for entry in read_entries(listing, path, find_directory(listing, path)):
            if entry.is_folder:
                continue
            total += tree.write(safe_parts(entry.name, str(path)), _content(data, entry, path, limits))
            if total > limits.max_bytes:
                raise too_many(str(path), f"more than {limits.max_bytes:,} bytes", "max_bytes")
            done += 1
            on_file(done)


def _content(stream: BinaryIO, entry: ZipEntry, path: Path, limits: Limits) -> Iterator[bytes]:
    """Yield an entry's unpacked bytes, and compare size and checksum with the directory."""
    _seek_data(stream, entry, path)
    written, crc32 = 0, 0
    try:
        for chunk in _unpacked(stream, entry):
            written += len(chunk)
            if written > entry.size_bytes:
                raise InputError(
                    f"{path}: entry '{entry.name}' unpacks to more than the {entry.size_bytes:,} bytes it claims, like "
                    "a zip bomb"
                )
            check_ratio(f"entry '{entry.name}'", written, entry.packed_bytes, limits, str(path))
            crc32 = zlib.crc32(chunk, crc32)
            yield chunk
    except zlib.error as error:
        raise InputError(
            f"{path}: entry '{entry.name}' cannot be unpacked ({error}); the archive is damaged"
        ) from error
    if written != entry.size_bytes or crc32 != entry.crc32:
        raise InputError(
            f"{path}: entry '{entry.name}' has another size or checksum than the directory says; the archive is damaged"
        )


def _seek_data(stream: BinaryIO, entry: ZipEntry, path: Path) -> None:
    """Go to the entry's data, behind its local header, which must bear the same name."""
    stream.seek(entry.header_at)
    fixed = stream.read(_LOCAL.size)
    if len(fixed) == _LOCAL.size and fixed.startswith(b"PK\x03\x04"):
        *_, name_bytes, extra_bytes = _LOCAL.unpack(fixed)
        if stream.read(name_bytes) == entry.name.encode("utf-8", "surrogateescape"):
            stream.seek(extra_bytes, 1)
            return
    raise InputError(f"{path}: entry '{entry.name}' is not where the directory says; the archive is damaged")


def _unpacked(stream: BinaryIO, entry: ZipEntry) -> Iterator[bytes]:
    """Yield at most `_CHUNK_BYTES` at a time, whatever the data does."""
    left = entry.packed_bytes
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else None
    while left > 0 and (packed := stream.read(min(left, _CHUNK_BYTES))):
        left -= len(packed)
        if inflate is None:
            yield packed
            continue
        while packed and not inflate.eof:
            yield inflate.decompress(packed, _CHUNK_BYTES)
            packed = inflate.unconsumed_tail
    if inflate is not None and not inflate.eof:
        yield inflate.flush(_CHUNK_BYTES)
