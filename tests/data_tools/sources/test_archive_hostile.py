"""Hostile archives are refused whole: nothing is written, neither in the target nor anywhere around it."""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from data_tools.sources.archive import ArchiveSource
from tests.data_tools.sources.archives import (
    ROADS,
    add_link_to_zip,
    add_to_tar,
    patch_central,
    rename_in_zip,
    write_tar,
    write_zip,
)
from tests.data_tools.sources.offers import context, refusal, tree

BAD_NAMES = {
    "/etc/cron.d/x.jpg": "is absolute",
    "C:/windows/x.jpg": "is absolute",
    "c:x.jpg": "is absolute",
    "../x.jpg": "leads out of its folder",
    "roads/../../x.jpg": "leads out of its folder",
    "roads/..": "leads out of its folder",
    "..\\x.jpg": "has a backslash",
    "roads\\dry\\x.jpg": "has a backslash",
    "roads/dry/a\nb.jpg": "has control characters",
    "roads/dry/\x1b[2Jx.jpg": "has control characters",
    f"roads/{'x' * 300}.jpg": "is too long",
    f"{'a/' * 600}x.jpg": "is too long",
    ".": "is a file without a name",
    "./.": "is a file without a name",
    "roads/dry/drive_1/1.jpg": "stands twice",
    "ROADS/dry/drive_1/1.JPG": "stands twice",
    "roads/./dry//drive_1/1.jpg": "stands twice",
    "roads/dry/drive_1": "stands twice",
    "roads/dry/drive_1/1.jpg/2.jpg": "stands twice",
}


def refused(path: Path, **options: object) -> str:
    """Offer the archive, and check that nothing was written anywhere around it."""
    work = path.parent / "inner" / "work"
    (work / "pictures").mkdir(parents=True)
    before = tree(path.parent)
    message = refusal(ArchiveSource.model_validate({"type": "archive", "path": path, **options}), context(work))
    assert message.startswith(str(path))
    assert tree(path.parent) == before
    return message


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_bad_names(name: str, tmp_path: Path):
    with zipfile.ZipFile(write_zip(tmp_path / "a.zip", ROADS), "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, b"x")
    assert BAD_NAMES[name] in refused(tmp_path / "a.zip")


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("packing", ["", "gz"])
def test_bad_names_in_tar(name: str, packing: str, tmp_path: Path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, f"w:{packing}") as archive:
        for item, data in [*ROADS.items(), (name, b"x")]:
            info = tarfile.TarInfo(item)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    assert BAD_NAMES[name] in refused(path)


@pytest.mark.parametrize("name", [b"roads/dry/gr\xfcn.jpg", b"roads/dry/a\x00bc.jpg"])
def test_names_that_no_text_can_hold(name: bytes, tmp_path: Path):
    plain = "roads/dry/grxn.jpg" if b"\xfc" in name else "roads/dry/axbc.jpg"
    path = rename_in_zip(write_zip(tmp_path / "a.zip", {**ROADS, plain: b"x"}), plain.encode(), name)
    assert "bytes that are not UTF-8" in refused(path)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (tarfile.SYMTYPE, "is a symbolic link"),
        (tarfile.LNKTYPE, "is a hard link"),
        (tarfile.CHRTYPE, "is a device"),
        (tarfile.BLKTYPE, "is a device"),
        (tarfile.FIFOTYPE, "is a pipe"),
        (tarfile.GNUTYPE_SPARSE, "is no plain file"),
        (b"Z", "is no plain file"),
    ],
)
def test_links_and_devices_in_tar(kind: bytes, expected: str, tmp_path: Path):
    assert expected in refused(add_to_tar(write_tar(tmp_path / "a.tar", ROADS), "roads/dry/x.jpg", kind, "/etc/passwd"))


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o060666, 0o010666, 0o140666])
def test_links_and_devices_in_zip(mode: int, tmp_path: Path):
    path = add_link_to_zip(write_zip(tmp_path / "a.zip", ROADS), "roads/dry/x.jpg", mode)
    assert "is a link or a device" in refused(path)


@pytest.mark.parametrize("flag", [0x1, 0x40, 0x2000])
def test_encrypted_zip(flag: int, tmp_path: Path):
    path = patch_central(write_zip(tmp_path / "a.zip", ROADS), "roads/wet/drive_1/2.jpg", 8, "<H", flag)
    assert "is encrypted" in refused(path)


def test_unknown_packing(tmp_path: Path):
    path = write_zip(tmp_path / "a.zip", ROADS, zipfile.ZIP_BZIP2)
    assert "is packed by method 12; pack the archive with deflate" in refused(path)


def bomb_zip(path: Path) -> Path:
    return write_zip(path, {**ROADS, "roads/dry/bomb.jpg": bytes(8 << 20)})


def test_bomb_whose_header_tells_the_truth(tmp_path: Path):
    assert "roads/dry/bomb.jpg unpacks to more than 200 times its packed size" in refused(bomb_zip(tmp_path / "a.zip"))


def test_bomb_whose_header_lies(tmp_path: Path):
    path = patch_central(bomb_zip(tmp_path / "a.zip"), "roads/dry/bomb.jpg", 24, "<L", 1000)
    assert "unpacks to more than the 1,000 bytes it claims" in refused(path)


def test_bomb_of_a_hundred_thousand_to_one(tmp_path: Path):
    """A stream of 8 GiB of zeros in 8 MB would take minutes to write; the directory alone is enough to be refused."""
    path = write_zip(tmp_path / "a.zip", ROADS)
    patch_central(path, "roads/dry/drive_1/1.jpg", 24, "<L", 4_000_000_000)
    assert "unpacks to more than 200 times" in refused(path)


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz"])
def test_bomb_in_a_tar(packing: str, tmp_path: Path):
    path = write_tar(tmp_path / f"a.tar.{packing}", {**ROADS, "roads/dry/bomb.jpg": bytes(16 << 20)}, packing)
    assert 500 * path.stat().st_size < 16 << 20
    assert "unpacks to more than 200 times its packed size" in refused(path)


def test_many_small_bombs(tmp_path: Path):
    files = {f"roads/dry/{index}.jpg": bytes(1 << 20) for index in range(8)}
    assert "all entries unpacks to more than 200 times" in refused(write_zip(tmp_path / "a.zip", files))


def test_endless_extended_header_is_not_read_into_memory(tmp_path: Path):
    path = tmp_path / "a.tar"
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 1 << 32
    path.write_bytes(info.tobuf() + bytes(4 << 20))
    assert "expected headers of at most 1,048,576 bytes" in refused(path)


def test_limits(tmp_path: Path):
    for index, (write, name) in enumerate(((write_zip, "a.zip"), (write_tar, "a.tar"))):
        folder = tmp_path / str(index)
        folder.mkdir()
        path = write(folder / name, {**ROADS, "roads/dry/empty.jpg": b"", "roads/dry/empty2.jpg": b""})
        total = sum(len(data) for data in ROADS.values())
        limits = {"max_files": (7, 8), "max_empty_files": (1, 2), "max_bytes": (total - 1, total)}
        for key, (low, enough) in limits.items():
            work = context(folder / f"work-{key}")
            assert f"set {key} if it is sound" in refusal(ArchiveSource(type="archive", path=path, **{key: low}), work)
            assert not work.work_dir.exists()
            assert ArchiveSource(type="archive", path=path, **{key: enough}).offer(work).candidates


def many_empty_files(path: Path, count: int, claimed: int) -> Path:
    """Write a zip archive of empty files quickly; its end record may claim another number of them."""
    local, central = bytearray(), bytearray()
    for index in range(count):
        name = f"d/{index:07d}.jpg".encode()
        central += struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), *[0] * 5, len(local))
        central += name
        local += struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0) + name
    record = len(local) + len(central)
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, claimed, claimed, len(central), len(local))
    end += struct.pack("<4sLQL", b"PK\6\7", 0, record, 1)
    end += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(local + central + end)
    return path


def test_hundred_thousand_empty_files_are_refused_before_most_are_read(tmp_path: Path):
    path = many_empty_files(tmp_path / "a.zip", 100_000, 100_000)
    assert len(zipfile.ZipFile(path).namelist()) == 100_000, "the standard library must take it for sound"
    assert "more than 10,000 empty files" in refused(path)


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [
        (3_000_000, "holds 3,000,000 entries"),
        (150_000, "expected a directory of 150,000 entries, but it is damaged"),
        (1000, "expected a directory of 1,000 entries, but it is damaged"),
    ],
)
def test_number_of_entries_that_lies(claimed: int, expected: str, tmp_path: Path):
    assert expected in refused(many_empty_files(tmp_path / "a.zip", 2000, claimed))


DAMAGES: dict[str, Callable[[Path], Path]] = {
    "checksum": lambda path: patch_central(path, "roads/dry/drive_1/1.jpg", 16, "<L", 1),
    "too short": lambda path: patch_central(path, "roads/dry/drive_1/1.jpg", 24, "<L", 5000),
    "other place": lambda path: patch_central(path, "roads/dry/drive_1/1.jpg", 42, "<L", 7),
    "place outside": lambda path: patch_central(path, "roads/dry/drive_1/1.jpg", 42, "<L", 1 << 30),
    "place of another": lambda path: patch_central(path, "roads/wet/drive_1/1.jpg", 42, "<L", 0),
    "packed size": lambda path: patch_central(path, "roads/dry/drive_1/1.jpg", 20, "<L", 3),
    "not deflated": lambda path: rename_in_zip(path, packed(b"dry1" * 50), b"\xff" * len(packed(b"dry1" * 50))),
}


def packed(data: bytes) -> bytes:
    """Pack as `zipfile` does."""
    deflate = zlib.compressobj(-1, zlib.DEFLATED, -15)
    return deflate.compress(data) + deflate.flush()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_noticed_while_unpacking(damage: str, tmp_path: Path):
    path = DAMAGES[damage](write_zip(tmp_path / "a.zip", ROADS))
    message = refused(path)
    assert "damaged" in message or "bytes it claims" in message
