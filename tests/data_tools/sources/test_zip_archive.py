"""The streaming reader sees what the standard library sees."""

import zipfile
from pathlib import Path

import pytest

from data_tools.randomness import keyed_generator
from data_tools.sources.member_names import Limits
from data_tools.sources.zip_archive import inspect_zip, unpack_zip
from tests.data_tools.sources.offers import tree

LIMITS = Limits(100, 100, 1 << 30, 200.0)


@pytest.mark.parametrize("run", range(8))
def test_random_archives_equal_the_standard_library(run: int, tmp_path: Path):
    draw = keyed_generator("tests", "zip", run)
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.comment = draw.bytes(int(draw.integers(0, 70)))
        for index in range(int(draw.integers(1, 20))):
            name = "/".join(str(part) for part in draw.integers(0, 4, int(draw.integers(0, 3)))) + f"/é{index}.jpg"
            size = int(draw.choice([0, 1, 1000, 300_000, 600_000]))
            data = draw.bytes(size) if draw.integers(0, 2) else bytes(draw.integers(0, 3, size, dtype="uint8"))
            method = int(draw.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
            archive.writestr(name.lstrip("/"), data, method, int(draw.integers(1, 10)))
            files[name.lstrip("/")] = data
    assert inspect_zip(tmp_path / "a.zip", LIMITS) == len(files)
    done: list[int] = []
    (tmp_path / "out").mkdir()
    unpack_zip(tmp_path / "a.zip", tmp_path / "out", LIMITS, done.append)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
    assert {name: data for name, data in tree(tmp_path / "out").items() if data is not None} == files
    assert done == list(range(1, len(files) + 1))


def test_streamed_archive_with_sizes_behind_the_data(tmp_path: Path):
    """A writer that cannot seek leaves the sizes in the local header empty (flag bit 3)."""

    class Pipe:
        def __init__(self) -> None:
            self.data = bytearray()

        def write(self, data: bytes) -> int:
            self.data += data
            return len(data)

        def flush(self) -> None:
            pass

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("dry/1.jpg", b"abc" * 1000)
    (tmp_path / "a.zip").write_bytes(pipe.data)
    assert inspect_zip(tmp_path / "a.zip", LIMITS) == 1
    (tmp_path / "out").mkdir()
    unpack_zip(tmp_path / "a.zip", tmp_path / "out", LIMITS, lambda done: None)
    assert tree(tmp_path / "out") == {"dry": None, "dry/1.jpg": b"abc" * 1000}
