"""The four packages have generic names, so make sure that it is ours that is imported."""

import importlib
import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("benchmarks", "data_tools", "export", "pipeline")


@pytest.mark.parametrize("name", PACKAGES)
def test_no_other_distribution_ships_our_package_names(name: str) -> None:
    owners = set(metadata.packages_distributions().get(name, []))
    assert owners <= {"roadgrip"}
    assert Path(str(importlib.import_module(name).__file__)).is_relative_to(ROOT)


def test_upload_to_a_public_index_is_refused() -> None:
    assert "Private :: Do Not Upload" in metadata.metadata("roadgrip").get_all("Classifier", [])


def test_headless_opencv_is_the_only_one_asked_for() -> None:
    required = [text for text in metadata.requires("roadgrip") or [] if text.startswith("opencv")]
    assert [re.split(r"[^a-z-]", text)[0] for text in required] == ["opencv-python-headless"]


@pytest.mark.parametrize("package", PACKAGES)
def test_files_are_one_idea_each(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    long = {path.name: n for path in files if (n := len(path.read_text().splitlines())) > 300}
    vague = {path.name for path in files} & {"utils.py", "common.py", "core.py", "helpers.py"}
    assert not long
    assert not vague
    assert all((folder / "__init__.py").is_file() for folder in {path.parent for path in files})


def test_every_test_folder_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []
