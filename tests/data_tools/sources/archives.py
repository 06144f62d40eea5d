"""Write archives for the tests, sound and hostile ones."""

import io
import struct
import tarfile
import zipfile
from pathlib import Path

from tests.data_tools.pictures import CLASSES

ROADS = {f"roads/{label}/drive_1/{index}.jpg": f"{label}{index}".encode() * 50 for label in CLASSES for index in (1, 2)}


def write_zip(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return path


def write_tar(path: Path, files: dict[str, bytes], packing: str = "") -> Path:
    with tarfile.open(path, f"w:{packing}") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def add_to_tar(path: Path, name: str, kind: bytes, target: str = "", size: int = 0) -> Path:
    """Append an entry of any kind without content."""
    with tarfile.open(path, "a") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, target, size
        archive.addfile(info)
    return path


def add_link_to_zip(path: Path, name: str, mode: int = 0o120777) -> Path:
    """Append an entry whose Unix mode says that it is no plain file."""
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, mode << 16
        archive.writestr(info, "/etc/passwd")
    return path


def patch_central(path: Path, name: str, offset: int, layout: str, value: int) -> Path:
    """Overwrite a field of an entry's record in the directory; offsets as in APPNOTE 4.3.12."""
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    struct.pack_into(layout, data, at + offset, value)
    path.write_bytes(data)
    return path


def rename_in_zip(path: Path, old: bytes, new: bytes) -> Path:
    """Replace a name, in local header and directory, by one that is as long."""
    assert len(old) == len(new)
    path.write_bytes(path.read_bytes().replace(old, new))
    return path
