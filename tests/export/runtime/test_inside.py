import errno
import io
import os
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from data_tools.errors import CheckFailedError
from export.runtime.inside import is_there, open_inside, read_inside, read_some


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "bundle"
    (inside / "golden").mkdir(parents=True)
    (inside / "golden" / "a.npy").write_bytes(b"numbers")
    (inside / "b.onnx").write_bytes(b"graph")
    (tmp_path / "secret").write_bytes(b"secret")
    return inside


def test_files_are_read_at_any_depth(folder: Path):
    assert read_inside(folder, "golden/a.npy", 7) == b"numbers"
    with open_inside(folder, "b.onnx") as stream:
        assert stream.read() == b"graph"


def test_the_folder_itself_may_be_a_link(folder: Path, tmp_path: Path):
    (tmp_path / "link").symlink_to(folder)
    assert read_inside(tmp_path / "link", "b.onnx", 5) == b"graph"


@pytest.mark.parametrize("target", ["../secret", "b.onnx", "/etc/hostname", "nowhere"])
def test_links_are_refused_wherever_they_lead(folder: Path, target: str):
    (folder / "link").symlink_to(target)
    with pytest.raises(CheckFailedError, match=r"link: expected a plain file at 'link', found a symbolic link"):
        open_inside(folder, "link")
    assert is_there(folder, "link")


@pytest.mark.parametrize("target", [".", "..", "/", "golden"])
def test_links_on_the_way_are_refused(folder: Path, target: str):
    (folder / "way").symlink_to(target)
    with pytest.raises(CheckFailedError, match="expected a folder at 'way', found a symbolic link"):
        open_inside(folder, "way/a.npy")


def test_folders_pipes_devices_and_sockets_are_refused_without_waiting(folder: Path, monkeypatch: pytest.MonkeyPatch):
    os.mkfifo(folder / "pipe")
    with pytest.raises(CheckFailedError, match="found a device or a pipe"):
        open_inside(folder, "pipe")
    with pytest.raises(CheckFailedError, match="found a device or a pipe"):
        open_inside(Path("/dev"), "zero")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(folder)
        server.bind("socket")  # a longer path would not fit
        with pytest.raises(CheckFailedError, match="found a device or a pipe"):
            open_inside(folder, "socket")
    with pytest.raises(CheckFailedError, match="found a folder"):
        open_inside(folder, "golden")
    with pytest.raises(CheckFailedError, match=r"expected a folder at 'b\.onnx', found a file"):
        open_inside(folder, "b.onnx/a.npy")


def test_a_pipe_that_replaces_the_file_after_the_look_does_not_hang(folder: Path, monkeypatch: pytest.MonkeyPatch):
    real = os.stat

    def swap(path: str, **options: object) -> os.stat_result:
        found = real(path, **options)
        if path == "b.onnx":
            (folder / "b.onnx").unlink()
            os.mkfifo(folder / "b.onnx")
        return found

    monkeypatch.setattr(os, "stat", swap)
    with pytest.raises(CheckFailedError, match="exchanged for something else"):
        open_inside(folder, "b.onnx")


def test_a_link_that_replaces_the_file_after_the_look_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch):
    real = os.stat

    def swap(path: str, **options: object) -> os.stat_result:
        found = real(path, **options)
        if path == "b.onnx":
            (folder / "b.onnx").unlink()
            (folder / "b.onnx").symlink_to("../secret")
        return found

    monkeypatch.setattr(os, "stat", swap)
    with pytest.raises(CheckFailedError, match=r"b\.onnx: cannot be read"):
        open_inside(folder, "b.onnx")


def test_missing_and_long_files_are_named(folder: Path):
    with pytest.raises(CheckFailedError, match=r"c\.onnx: missing"):
        open_inside(folder, "c.onnx")
    with pytest.raises(CheckFailedError, match=r"b\.onnx: expected at most 4 bytes, found 5"):
        read_inside(folder, "b.onnx", 4)


def test_a_failing_disk_is_named(folder: Path):
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.raises(CheckFailedError, match=r"b\.onnx: cannot be read to its end \(Input/output error\)"):
        read_some(Failing(), 5, folder / "b.onnx")


def test_no_handle_stays_open(folder: Path):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in ("b.onnx", "golden/a.npy", "golden", "c", "golden/c", "b.onnx/c"):
        with suppress(CheckFailedError):
            open_inside(folder, name).close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
