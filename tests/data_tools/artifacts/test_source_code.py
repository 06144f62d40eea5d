from collections.abc import Iterator
from pathlib import Path

import pytest

from data_tools.artifacts import source_code
from data_tools.artifacts.source_code import code_version


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(source_code, "_ROOT", tmp_path)
    (tmp_path / "package" / "inner").mkdir(parents=True)
    for name in ("package/a.py", "package/page.j2", "package/inner/b.py", "package/notes.txt", "single.py"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    code_version.cache_clear()
    yield tmp_path
    code_version.cache_clear()


def versions() -> dict[str, str]:
    code_version.cache_clear()
    return {
        "folder": code_version("package"),
        "without": code_version("package", "package/inner"),
        "file": code_version("single.py"),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("package/a.py", {"folder", "without"}),
        ("package/page.j2", {"folder", "without"}),
        ("package/inner/b.py", {"folder"}),
        ("package/notes.txt", set()),
        ("single.py", {"file"}),
        ("other.py", set()),
    ],
)
def test_what_was_changed_changes_the_digests_it_belongs_to(root: Path, name: str, expected: set[str]) -> None:
    before = versions()
    (root / name).write_text("changed", encoding="utf-8")
    after = versions()
    assert {key for key in before if before[key] != after[key]} == expected


def test_another_name_is_another_version(root: Path) -> None:
    before = versions()
    (root / "package" / "a.py").rename(root / "package" / "c.py")
    assert versions()["folder"] != before["folder"]


def test_no_source_is_an_error(root: Path) -> None:
    with pytest.raises(FileNotFoundError, match="expected source code"):
        code_version("packages")
    with pytest.raises(FileNotFoundError, match="expected source code"):
        code_version("package", "package")
