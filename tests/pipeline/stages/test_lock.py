"""The lock of a folder: one process at a time, also when the folder is removed under it."""

import shutil
from pathlib import Path

import pytest

from data_tools.errors import InputError
from pipeline.stages import lock
from pipeline.stages.lock import locked


def test_second_holder_is_refused_and_the_lock_stays(tmp_path: Path):
    with locked(tmp_path / "run"):
        for _ in range(2):
            with pytest.raises(InputError, match="another roadgrip process"), locked(tmp_path / "run"):
                pass
        assert (tmp_path / "run" / ".lock").exists()
    with locked(tmp_path / "run"):
        pass


def test_a_lock_on_a_removed_file_guards_nothing_and_is_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "run"
    flock, calls = lock.fcntl.flock, []

    def remove_first(stream: object, how: int) -> None:
        calls.append(how)
        if len(calls) == 1:
            shutil.rmtree(folder)  # as the former holder does at its end
        flock(stream, how)

    monkeypatch.setattr(lock.fcntl, "flock", remove_first)
    with locked(folder):
        assert len(calls) == 2
        with pytest.raises(InputError, match="another roadgrip process"), locked(folder):
            pass


def test_a_file_in_the_way_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"), locked(tmp_path / "file" / "run"):
        pass
