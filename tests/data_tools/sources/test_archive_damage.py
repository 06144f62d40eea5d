"""Archives with flipped bytes: harmless, or one clear line; never a traceback, never a file outside."""

import tarfile
import zipfile
from pathlib import Path

import pytest

from data_tools.errors import InputError
from data_tools.randomness import keyed_generator
from data_tools.sources.archive import ArchiveSource
from tests.data_tools.sources.archives import write_tar, write_zip
from tests.data_tools.sources.offers import context

FILES = {f"{label}/d/1.jpg": label.encode() * 40 for label in ("dry", "wet", "snow")}
LONG = {**FILES, f"dry/{'l' * 150}/ü.jpg": b"x" * 30}


def outcome(path: Path, work: Path) -> str:
    """Return `unpacked`, or the error; other exceptions pass."""
    try:
        ArchiveSource(type="archive", path=path).offer(context(work))
    except InputError as error:
        return str(error)
    return "unpacked"


@pytest.mark.parametrize("name", ["deflate.zip", "stored.zip", "plain.tar", "pax.tar", "a.tar.gz"])
def test_flipped_bytes(name: str, tmp_path: Path):
    path = tmp_path / "inner" / name
    path.parent.mkdir()
    if name.endswith("zip"):
        write_zip(path, LONG, zipfile.ZIP_STORED if name == "stored.zip" else zipfile.ZIP_DEFLATED)
    else:
        write_tar(path, FILES if name == "plain.tar" else LONG, "gz" if name.endswith("gz") else "")
    whole = path.read_bytes()
    draw = keyed_generator("tests", "flips", name)
    outcomes = []
    for trial in range(40):
        data = bytearray(whole)
        for at in draw.integers(0, len(whole.rstrip(b"\0")), int(draw.integers(1, 4))):
            data[int(at)] = int(draw.integers(0, 256))
        path.write_bytes(data)
        outcomes.append(outcome(path, tmp_path / "inner" / f"work{trial}"))
    assert all(text.isprintable() for text in outcomes)
    assert any("archive is" in text or "damaged" in text for text in outcomes)
    assert [item.name for item in tmp_path.iterdir()] == ["inner"]
    assert {item.name.rstrip("0123456789") for item in path.parent.iterdir()} == {name, "work"}


def test_directory_entry_beyond_the_file(tmp_path: Path):
    """A 64-bit offset that no seek can take."""
    path = write_zip(tmp_path / "a.zip", FILES)
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    extra = b"\x01\x00\x08\x00" + b"\xff" * 8
    data[at + 42 : at + 46] = b"\xff" * 4
    data[at + 30 : at + 32] = len(extra).to_bytes(2, "little")
    end = data.rindex(b"PK\x05\x06")
    length = int.from_bytes(data[end + 12 : end + 16], "little") + len(extra)
    data[end + 12 : end + 16] = length.to_bytes(4, "little")
    path.write_bytes(data[:end] + extra + data[end:])
    assert "lies outside the file" in outcome(path, tmp_path / "work")


def test_endless_number_in_an_extended_header(tmp_path: Path):
    """Python refuses to read a number of more than 4,300 digits with a ValueError."""
    info = tarfile.TarInfo("pax")
    body = b"9" * 6000 + b" path=x\n"
    info.type, info.size = tarfile.XHDTYPE, len(body)
    path = tmp_path / "a.tar"
    path.write_bytes(info.tobuf() + body + bytes(-len(body) % 512) + tarfile.TarInfo("dry/1.jpg").tobuf() + bytes(1024))
    assert "cut off or damaged" in outcome(path, tmp_path / "work")
