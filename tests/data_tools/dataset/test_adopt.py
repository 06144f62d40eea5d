"""Files that a build made reach the result, linked or copied, and nothing else does."""

import os
from pathlib import Path

import pytest

from data_tools.dataset.adopt import adopt_file, adopt_folder, adopt_made
from data_tools.sources.candidates import Candidate, Listing
from tests.data_tools.dataset.builds import contents
from tests.data_tools.pictures import write


@pytest.fixture(params=["link", "copy"])
def linked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Adopt on a file system with hard links, and on one without."""

    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    if request.param == "copy":
        monkeypatch.setattr(os, "link", refuse)
    return request.param == "link"


def test_file_is_linked_or_copied(linked: bool, tmp_path: Path):
    source = write(tmp_path / "a", b"new")
    target = write(tmp_path / "deep" / "b", b"of a former build")
    for _ in range(2):
        adopt_file(source, target)
        assert (source.read_bytes(), target.read_bytes()) == (b"new", b"new")
        assert target.samefile(source) is linked


def test_folder_with_all_below(linked: bool, tmp_path: Path):
    for name in ("1", "x/2", "x/y/3"):
        write(tmp_path / "a" / name, name.encode())
    adopt_folder(tmp_path / "a", tmp_path / "b")
    assert contents(tmp_path / "b") == contents(tmp_path / "a")


def offered(roots: dict[str, Path], *paths: str) -> Listing:
    return Listing(roots, [Candidate(path, "dry", "s", "g") for path in paths], [], {})


def test_only_listed_made_folders_are_adopted(tmp_path: Path):
    made = (tmp_path / "work" / "pictures").resolve()
    for name in ("one/1", "two/1", "two/index", "zip/dry/1", "stale/1", ".two.new-x/1"):
        write(made / name, name.encode())
    own = write(tmp_path / "own" / "1", b"own").parent
    roots = {"a": made, "b": made, "c": made / "zip", "d": own}
    adopt_made(offered(roots, "a/one/1", "b/two/1", "c/dry/1", "d/1"), made, tmp_path / "several")
    assert sorted(contents(tmp_path / "several")) == ["one/1", "two/1", "two/index", "zip/dry/1"]
    adopt_made(offered({"": made}, "two/1"), made, tmp_path / "single")
    assert sorted(contents(tmp_path / "single")) == ["two/1", "two/index"]
    adopt_made(offered({"": own}, "1"), made, tmp_path / "none")
    assert not (tmp_path / "none").exists()
