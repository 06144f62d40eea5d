"""Atomic writes: an exception or a kill leaves the old content, and no half of the new."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from data_tools.artifacts import atomic
from data_tools.artifacts.atomic import new_folder, remove_folder, write_bytes, write_text

ROOT = Path(__file__).parents[3]


class StopHereError(Exception):
    """Raised by a test inside a write."""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def fill(folder: Path, text: str, count: int = 3) -> None:
    for index in range(count):
        (folder / f"{index}.txt").write_text(text)


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_file_is_replaced_and_its_folder_made(tmp_path: Path):
    path = tmp_path / "a" / "b" / "f"
    write_bytes(path, b"one")
    write_bytes(path, b"two")
    assert path.read_bytes() == b"two"
    assert names(path.parent) == {"f"}


def test_text_is_utf8_without_newline_change(tmp_path: Path):
    write_text(tmp_path / "f", "schnee ☃\r\n\n")
    assert (tmp_path / "f").read_bytes() == "schnee ☃\r\n\n".encode()


@pytest.mark.parametrize("call", ["fsync", "fdopen"])
def test_failing_write_leaves_the_old_file(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_bytes(tmp_path / "f", b"old")
    original = getattr(os, call)

    def fail(handle: int, *args: object) -> None:
        if call == "fdopen":
            os.close(handle)
        raise StopHereError

    monkeypatch.setattr(atomic.os, call, fail)
    with pytest.raises(StopHereError):
        write_bytes(tmp_path / "f", b"new")
    monkeypatch.setattr(atomic.os, call, original)
    assert contents(tmp_path) == {"f": "old"}


def test_folder_in_place_of_the_file_leaves_nothing_behind(tmp_path: Path):
    (tmp_path / "f").mkdir()
    with pytest.raises(IsADirectoryError):
        write_bytes(tmp_path / "f", b"new")
    assert names(tmp_path) == {"f"}


def test_file_in_place_of_the_parent_raises(tmp_path: Path):
    write_bytes(tmp_path / "f", b"old")
    with pytest.raises(OSError, match="f"):
        write_bytes(tmp_path / "f" / "g", b"new")
    assert contents(tmp_path) == {"f": "old"}


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_modes_respect_the_umask(mask: int, tmp_path: Path):
    before = os.umask(mask)
    try:
        write_bytes(tmp_path / "f", b"x")
        with new_folder(tmp_path / "d"):
            pass
        assert os.umask(mask) == mask, "the umask must be as it was"
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o666 & ~mask
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o777 & ~mask


def test_new_folder_appears_only_at_the_end(tmp_path: Path):
    target = tmp_path / "deep" / "target"
    with new_folder(target) as folder:
        fill(folder, "new")
        assert folder.parent == target.parent, "a rename must not cross file systems"
        assert not target.exists()
    assert contents(target) == dict.fromkeys(("0.txt", "1.txt", "2.txt"), "new")
    assert names(target.parent) == {"target"}


def test_new_folder_replaces_all_of_the_old(tmp_path: Path):
    target = tmp_path / "target"
    target.mkdir()
    (target / "stale.txt").write_text("old")
    with new_folder(target) as folder:
        fill(folder, "new", 1)
        assert contents(target) == {"stale.txt": "old"}
    assert contents(target) == {"0.txt": "new"}
    assert names(tmp_path) == {"target"}


@pytest.mark.parametrize("error", [StopHereError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("existing", [False, True])
def test_error_inside_leaves_the_old_folder(error: type[BaseException], existing: bool, tmp_path: Path):
    target = tmp_path / "target"
    if existing:
        target.mkdir()
        fill(target, "old")
    before = contents(target) if existing else None

    def break_off():
        with new_folder(target) as folder:
            fill(folder, "new")
            raise error

    with pytest.raises(error):
        break_off()
    assert names(tmp_path) == ({"target"} if existing else set())
    if existing:
        assert contents(target) == before


def test_failing_swap_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    target = tmp_path / "target"
    target.mkdir()
    fill(target, "old")
    rename = Path.rename

    def fail(self: Path, goal: Path) -> Path:
        if ".new-" in self.name:
            raise StopHereError
        return rename(self, goal)

    monkeypatch.setattr(Path, "rename", fail)

    def replace():
        with new_folder(target) as folder:
            fill(folder, "new")

    with pytest.raises(StopHereError):
        replace()
    assert set(contents(target).values()) == {"old"}
    assert names(tmp_path) == {"target"}


def test_two_writers_of_one_folder_do_not_mix(tmp_path: Path):
    target = tmp_path / "target"
    with new_folder(target) as first:
        fill(first, "first")
        with new_folder(target) as second:
            fill(second, "second", 2)
        assert set(contents(target).values()) == {"second"}
    assert list(contents(target).values()) == ["first"] * 3
    assert names(tmp_path) == {"target"}


KILLED_IN_WRITE = """
import os, signal, sys
from pathlib import Path
from data_tools.artifacts import atomic
atomic.os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
atomic.write_bytes(Path(sys.argv[1]), b"new" * 1000)
"""

KILLED_IN_FOLDER = """
import os, signal, sys
from pathlib import Path
from data_tools.artifacts.atomic import new_folder
with new_folder(Path(sys.argv[1])) as folder:
    (folder / "0.txt").write_text("new")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def run_and_die(code: str, target: Path) -> None:
    done = subprocess.run([sys.executable, "-c", code, str(target)], cwd=ROOT, timeout=60)
    assert done.returncode == -signal.SIGKILL


def test_killed_write_leaves_the_old_file(tmp_path: Path):
    target = tmp_path / "f"
    write_bytes(target, b"old")
    run_and_die(KILLED_IN_WRITE, target)
    assert target.read_bytes() == b"old"
    assert all(name.startswith(".f.") for name in names(tmp_path) - {"f"}), "only a hidden temporary file may stay"
    write_bytes(target, b"newer")
    assert target.read_bytes() == b"newer"


@pytest.mark.parametrize("existing", [False, True])
def test_killed_folder_leaves_the_old_content(existing: bool, tmp_path: Path):
    target = tmp_path / "target"
    if existing:
        target.mkdir()
        fill(target, "old")
    run_and_die(KILLED_IN_FOLDER, target)
    assert target.exists() == existing
    if existing:
        assert list(contents(target).values()) == ["old"] * 3
    assert all(name.startswith(".target.new-") for name in names(tmp_path) - {"target"})
    with new_folder(target) as folder:
        fill(folder, "newer", 1)
    assert contents(target) == {"0.txt": "newer"}


def test_what_a_killed_process_left_is_cleared_up(tmp_path: Path):
    target = tmp_path / "t[1]"
    for name in (".t[1].new-dead", ".t[1].old-dead", ".t1.new-other"):
        (tmp_path / name).mkdir()
        fill(tmp_path / name, "left")
    with new_folder(target) as folder:
        fill(folder, "new")
    assert names(tmp_path) == {"t[1]", ".t1.new-other"}
    assert set(contents(target).values()) == {"new"}


def test_folder_of_a_living_process_is_left_alone(tmp_path: Path):
    target = tmp_path / "target"
    code = (
        "import sys; from pathlib import Path; from data_tools.artifacts.atomic import new_folder\n"
        "with new_folder(Path(sys.argv[1])) as folder: print(folder.name, flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(target)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert other.stdin is not None
    assert other.stdout is not None
    name = other.stdout.readline().strip()
    with new_folder(target) as folder:
        fill(folder, "new")
    assert names(tmp_path) == {"target", name}
    other.kill()
    other.communicate()
    with new_folder(target) as folder:
        fill(folder, "newer")
    assert names(tmp_path) == {"target"}


def test_process_killed_in_mid_swap_loses_nothing(tmp_path: Path):
    target = tmp_path / "target"
    target.mkdir()
    fill(target, "old")
    code = (
        "import os, sys; from pathlib import Path; from data_tools.artifacts.atomic import new_folder\n"
        "rename = Path.rename\n"
        "Path.rename = lambda self, goal: os.kill(os.getpid(), 9) if '.new-' in self.name else rename(self, goal)\n"
        "with new_folder(Path(sys.argv[1])): pass"
    )
    assert subprocess.run([sys.executable, "-c", code, str(target)], cwd=ROOT, check=False).returncode == -9
    assert not target.exists()

    def break_off():
        with new_folder(target):
            raise StopHereError

    with pytest.raises(StopHereError):
        break_off()
    assert set(contents(target).values()) == {"old"}
    assert names(tmp_path) == {"target"}


def test_folder_vanishes_whole_whatever_happens_while_it_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    target = tmp_path / "target"
    target.mkdir()
    fill(target, "old")

    def break_off(path: Path, **options: object) -> None:
        next(Path(path).rglob("*.txt")).unlink()
        raise StopHereError

    monkeypatch.setattr(atomic.shutil, "rmtree", break_off)
    with pytest.raises(StopHereError):
        remove_folder(target)
    assert not target.exists()
    monkeypatch.undo()
    remove_folder(target)
    assert names(tmp_path) == set()
    remove_folder(tmp_path / "none" / "target")
