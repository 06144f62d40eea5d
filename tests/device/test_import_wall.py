"""Device code must import on a machine that has none of the training packages."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BANNED = ("torch", "torchvision", "albumentations", "lightning", "onnx", "matplotlib", "jinja2")
DEVICE_PACKAGES = (
    "data_tools",
    "export.engine",
    "export.runtime",
    "benchmarks.data",
    "benchmarks.figures",
    "benchmarks.host",
    "benchmarks.peak_memory",
    "benchmarks.latency",
    "benchmarks.robustness",
)
WALL = """
import importlib
import importlib.abc
import pkgutil
import sys

BANNED = set(sys.argv[1].split(","))


class Wall(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] in BANNED:
            raise ImportError(f"the wall: {fullname}")
        return None


def fail(name):
    raise


sys.meta_path.insert(0, Wall())
for root in sys.argv[2:]:
    package = importlib.import_module(root)
    print(root)
    for found in pkgutil.walk_packages(getattr(package, "__path__", ()), root + ".", onerror=fail):
        importlib.import_module(found.name)
        print(found.name)
assert not BANNED & {name.partition(".")[0] for name in sys.modules}
"""


def import_all(folder: Path, packages: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Import every module of the packages found in a folder, behind the wall."""
    command = [sys.executable, "-c", WALL, ",".join(BANNED), *packages]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def modules_below(package: str) -> set[str]:
    """List a package's modules, or the one module, from the files."""
    place = ROOT / package.replace(".", "/")
    files = place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files}


def test_every_device_module_imports_behind_the_wall():
    result = import_all(ROOT, DEVICE_PACKAGES)
    assert result.returncode == 0, result.stderr
    expected = set().union(*(modules_below(package) for package in DEVICE_PACKAGES))
    assert set(result.stdout.split()) == expected


def test_only_the_benchmarks_of_training_and_quantisation_are_not_device_code():
    covered = set().union(*(modules_below(package) for package in DEVICE_PACKAGES))
    exempt = modules_below("benchmarks.training") | modules_below("benchmarks.quantization")
    assert modules_below("benchmarks") - covered - exempt == {"benchmarks"}


@pytest.mark.parametrize("banned", BANNED)
@pytest.mark.parametrize(
    "text",
    ["import importlib\nimportlib.import_module('{}')\n", "import {}\n", "from .chain import {} as _\n"],
    ids=["importlib", "import", "chain"],
)
def test_the_wall_bites(tmp_path: Path, text: str, banned: str):
    inner = tmp_path / "device_code" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "device_code" / "__init__.py").touch()
    (inner / "__init__.py").touch()
    (inner / "chain.py").write_text(f"import {banned}\n")
    if not text.startswith("from"):
        (inner / "chain.py").unlink()
    (inner / "culprit.py").write_text(text.format(banned))
    result = import_all(tmp_path, ("device_code",))
    assert result.returncode != 0
    assert f"the wall: {banned}" in result.stderr


def test_a_parent_package_behind_the_wall_is_found_too(tmp_path: Path):
    inner = tmp_path / "device_code" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "device_code" / "__init__.py").touch()
    (inner / "__init__.py").write_text("import torch\n")
    result = import_all(tmp_path, ("device_code",))
    assert result.returncode != 0
    assert "the wall: torch" in result.stderr


def test_clean_code_passes_the_wall(tmp_path: Path):
    (tmp_path / "device_code").mkdir()
    (tmp_path / "device_code" / "__init__.py").write_text("import numpy\n")
    assert import_all(tmp_path, ("device_code",)).returncode == 0
