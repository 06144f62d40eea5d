"""Compile the C++ example and what shows its headers at work; skip where a tool or a library is missing."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import onnxruntime
import pytest

SOURCE = Path(__file__).parents[3] / "export" / "runtime_cpp"
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror")


def _found(tool: str) -> str:
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"{tool} is not installed")
    return path


def _run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program around the headers that need no ONNX Runtime."""
    program = tmp_path_factory.mktemp("reader") / "reader"
    source = str(Path(__file__).with_name("reader.cpp"))
    done = _run(_found("g++"), "-std=c++17", "-O1", *WARNINGS, f"-I{SOURCE}", source, "-o", str(program))
    assert done.returncode == 0, done.stderr
    return program


def _library_of_the_wheel(folder: Path) -> list[str]:
    """Give the Python package's own library the names that a linker looks for.

    ONNXRUNTIME_ROOT may hold the headers alone; then the comparison is with the very same kernels.
    """
    root = os.environ.get("ONNXRUNTIME_ROOT")
    if root and any((Path(root) / name / "libonnxruntime.so").exists() for name in ("lib", "lib64")):
        return []
    libraries = sorted((Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so.*"))
    if not libraries:
        return []
    for name in ("libonnxruntime.so", "libonnxruntime.so.1"):
        (folder / name).symlink_to(libraries[0])
    return [f"-DONNXRUNTIME_LIBRARY={folder / 'libonnxruntime.so'}"]


@pytest.fixture(scope="session")
def cmake_configure() -> "Callable[..., subprocess.CompletedProcess[str]]":
    cmake = _found("cmake")
    _found("g++")

    def configure(build: Path, *options: str) -> "subprocess.CompletedProcess[str]":
        return _run(cmake, "-S", str(SOURCE), "-B", str(build), *options)

    return configure


@pytest.fixture(scope="session")
def predict_program(
    cmake_configure: "Callable[..., subprocess.CompletedProcess[str]]", tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The example, built as its README says."""
    build, library = tmp_path_factory.mktemp("build"), tmp_path_factory.mktemp("lib")
    done = cmake_configure(build, *_library_of_the_wheel(library))
    if done.returncode and "ONNX Runtime was not found" in done.stderr and "ONNXRUNTIME_ROOT" not in os.environ:
        pytest.skip("ONNX Runtime's C++ headers are not here; set ONNXRUNTIME_ROOT to a folder with include/ and lib/")
    assert done.returncode == 0, done.stderr
    done = _run(_found("cmake"), "--build", str(build))
    assert done.returncode == 0, done.stdout + done.stderr
    return build / "roadgrip_predict"
