"""Unpack a tar archive (plain, gzip, bzip2 or xz) as a stream, counting what is unpacked."""

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from data_tools.errors import InputError
from data_tools.sources.member_names import Inspector, Limits, Member, check_ratio, safe_parts
from data_tools.sources.unpacking import FileTree

_CHUNK_BYTES = 1 << 18
_MAX_HEADER_BYTES = 1 << 20
_DAMAGE = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)
_KINDS = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
}


class _Readable(Protocol):
    """Give bytes, at most as many as asked for."""

    def read(self, size: int, /) -> bytes:
        """Read up to `size` bytes."""
        ...


class _Forward(io.RawIOBase):
    """Read a packed stream forward only, and stop when it unpacks to too much of what was read.

    `tarfile` reads an extended header of any claimed length into memory, so one read is bounded, too.
    """

    def __init__(self, unpacked: _Readable, raw: BinaryIO, path: Path, limits: Limits) -> None:
        super().__init__()
        self._unpacked, self._raw, self._path, self._limits = unpacked, raw, path, limits
        self._at = 0
        self.last = b""
        """What was read last: an archive ends with blocks of zeros."""

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def tell(self) -> int:
        """Return how many bytes were unpacked."""
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes."""
        if not 0 <= size <= _MAX_HEADER_BYTES:
            raise InputError(f"{self._path}: expected headers of at most {_MAX_HEADER_BYTES:,} bytes, one is longer")
        data = self._unpacked.read(size)
        self._at += len(data)
        self.last = data
        check_ratio("all entries", self._at, self._raw.tell(), self._limits, str(self._path))
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Skip forward."""
        if whence != io.SEEK_SET or offset < self._at:
            raise InputError(f"{self._path}: expected headers in order; the archive is damaged")
        while self._at < offset and self.read(min(offset - self._at, _CHUNK_BYTES)):
            pass
        return self._at


def inspect_tar(path: Path, limits: Limits) -> int:
    """Check every entry of a tar archive without writing any, and return the number of files.

    A tar archive has no directory: all of it is unpacked to nowhere, once.

    Raises:
        InputError: The archive is damaged, hostile or larger than the limits.
    """
    inspector = Inspector(str(path), limits, path.stat().st_size)
    with _open(path, limits) as stream:
        for info in _entries(stream, path):
            inspector.check(Member(info.name, info.size, None, info.isdir()))
        if not inspector.entries:
            raise InputError(f"{path}: expected pictures, but the archive is empty")
    return inspector.files


def unpack_tar(path: Path, folder: Path, limits: Limits, on_file: Callable[[int], None]) -> None:
    """Unpack an inspected tar archive.

    Raises:
        InputError: The archive is damaged, or is another one than was inspected.
    """
    tree = FileTree(folder)
    inspector = Inspector(str(path), limits, path.stat().st_size)
    with _open(path, limits) as stream:
        for info in _entries(stream, path):
            inspector.check(Member(info.name, info.size, None, info.isdir()))
            if not info.isdir():
                tree.write(safe_parts(info.name, str(path)), _content(stream, info, path))
                on_file(inspector.files)


@contextmanager
def _open(path: Path, limits: Limits) -> Iterator[_Forward]:
    """Open the archive by what its first bytes say, and turn what the unpackers raise into one error."""
    with path.open("rb") as raw:
        head = raw.read(6)
        raw.seek(0)
        try:
            yield _Forward(_unpacker(raw, head), raw, path, limits)
        except InputError:
            raise
        except _DAMAGE as error:
            raise InputError(
                f"{path}: expected a tar archive, but it is cut off or damaged ({_one_line(error)})"
            ) from error


def _one_line(error: Exception) -> str:
    """Return an error's text as one line of printable characters."""
    return ascii(" ".join(str(error).split()))[1:-1]


def _unpacker(raw: BinaryIO, head: bytes) -> _Readable:
    """Return what unpacks a stream, by its first bytes."""
    if head.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=raw)
    if head.startswith(b"BZh"):
        return bz2.BZ2File(raw)
    if head.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMAFile(raw)
    return raw


def _entries(stream: _Forward, path: Path) -> Iterator[tarfile.TarInfo]:
    """Yield the entries, forget each one, and read on to the stream's end, where its checksum stands."""
    with tarfile.open(fileobj=stream, mode="r:", encoding="utf-8") as tar:
        while (info := tar.next()) is not None:
            vars(tar)["members"].clear()
            if info.issparse() or not (info.isreg() or info.isdir()):
                kind = _KINDS.get(info.type, "no plain file")
                raise InputError(f"{path}: entry '{ascii(info.name)[1:-1][:80]}' is {kind}; expected plain files")
            yield info
    if not stream.last or any(stream.last):
        raise InputError(f"{path}: expected an end mark, but the archive is cut off")
    while stream.read(_CHUNK_BYTES):
        pass


def _content(stream: _Forward, info: tarfile.TarInfo, path: Path) -> Iterator[bytes]:
    """Yield an entry's bytes."""
    stream.seek(info.offset_data)
    left = info.size
    while left > 0:
        chunk = stream.read(min(left, _CHUNK_BYTES))
        if not chunk:
            raise InputError(f"{path}: entry '{info.name}' breaks off; the archive is cut off")
        left -= len(chunk)
        yield chunk
