"""Run the device commands as a vehicle computer would: with the base dependencies alone."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import cv2
import pytest

from export.runtime.seal import seal
from tests.export.runtime.tiny_bundle import colour_picture, write_bundle

ROOT = Path(__file__).parents[2]
BLOCKED = (
    "torch",
    "torchvision",
    "albumentations",
    "lightning",
    "onnx",
    "onnxscript",
    "safetensors",
    "matplotlib",
    "jinja2",
)
WALL = f"""
import sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {BLOCKED!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Wall())
"""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    seal(write_bundle(tmp_path / "bundle").parent)
    cv2.imwrite(str(tmp_path / "wet.png"), colour_picture(1)[..., ::-1])
    return tmp_path / "bundle"


@pytest.fixture
def walled(tmp_path: Path) -> dict[str, str]:
    """An environment whose interpreter cannot import the training packages, as if they were not installed."""
    (tmp_path / "wall").mkdir()
    (tmp_path / "wall" / "sitecustomize.py").write_text(WALL)
    return {**os.environ, "PYTHONPATH": f"{tmp_path / 'wall'}{os.pathsep}{ROOT}"}


def call(python: Path | str, environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(python), "-W", "error", "-m", "pipeline.cli.main", *map(str, arguments)],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def check_device_commands(python: Path | str, environment: dict[str, str], bundle: Path) -> None:
    torch = subprocess.run(
        [str(python), "-c", "import torch"], env=environment, capture_output=True, text=True, check=False
    )
    assert torch.returncode != 0
    assert "No module named 'torch'" in torch.stderr
    assert call(python, environment, "--help").returncode == 0
    predicted = call(python, environment, "predict", bundle, bundle.parent / "wet.png", "--format", "json")
    assert predicted.returncode == 0, predicted.stderr
    assert json.loads(predicted.stdout)[0]["label"] == "wet"
    verified = call(python, environment, "verify", bundle)
    assert verified.returncode == 0, verified.stderr
    out = bundle.parent / "bench"
    settings = ["--set", "latency.rounds=3", "--set", "latency.warmup=0"]
    benched = call(python, environment, "bench", "latency", bundle, "--out", out, *settings)
    assert benched.returncode == 0, benched.stderr
    assert json.loads((out / "latency.json").read_text())["kind"] == "latency"


def test_device_commands_run_without_the_training_packages(bundle: Path, walled: dict[str, str]) -> None:
    check_device_commands(sys.executable, walled, bundle)


def test_training_says_what_to_install(bundle: Path, walled: dict[str, str], tmp_path: Path) -> None:
    result = call(
        sys.executable, walled, "run", ROOT / "configs" / "demo.yaml", "--set", f"output_dir={tmp_path / 'runs'}"
    )
    assert result.returncode == 2
    assert result.stderr.startswith("error: roadgrip run needs torch, ")
    assert "pip install '.[train]'" in result.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("arguments", [["--help"], ["predict", "--help"], ["bench", "latency", "--help"]])
def test_help_does_not_import_torch(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom pipeline.cli.main import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        "loaded = {'torch', 'onnx', 'lightning', 'albumentations', 'matplotlib', 'onnxruntime'} & set(sys.modules)\n"
        "sys.exit(f'imported {loaded}' if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_device_commands_in_an_environment_with_the_base_dependencies(bundle: Path, tmp_path: Path) -> None:
    """Install the distribution without extras into a new virtual environment (needs the package index)."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", str(ROOT)], check=True)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    check_device_commands(python, environment, bundle)
