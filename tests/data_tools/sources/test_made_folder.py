"""A folder is made once, whole or not at all."""

from pathlib import Path

import pytest

from data_tools.sources.made_folder import made_name, make_once


def test_made_once(tmp_path: Path):
    calls: list[Path] = []

    def fill(folder: Path) -> None:
        calls.append(folder)
        (folder / "a").write_text("a")

    target = tmp_path / "pictures" / "x[1]"
    assert make_once(target, fill) == make_once(target, fill) == target
    assert len(calls) == 1
    assert (target / "a").read_text() == "a"


def test_failure_leaves_nothing_and_remains_are_removed(tmp_path: Path):
    def fail(folder: Path) -> None:
        (folder / "a").write_text("a")
        raise ValueError("no")

    target = tmp_path / "x[1]"
    with pytest.raises(ValueError, match="no"):
        make_once(target, fail)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".x[1].new-abc").mkdir()
    (tmp_path / ".x1.new-abc").mkdir()
    make_once(target, lambda folder: None)
    assert sorted(item.name for item in tmp_path.iterdir()) == [".x1.new-abc", "x[1]"]


def test_long_names_are_cut_to_what_a_file_system_takes(tmp_path: Path):
    name = made_name("s" * 200, "ä" * 200, "0" * 64)
    assert name.endswith("-000000000000")
    make_once(tmp_path / name, lambda folder: None)
    assert (tmp_path / name).is_dir()
