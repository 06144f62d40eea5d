import subprocess
import sys

CODE = """
import importlib, pkgutil, sys
import pipeline.report
for item in pkgutil.walk_packages(pipeline.report.__path__, "pipeline.report."):
    importlib.import_module(item.name)
heavy = {"torch", "torchvision", "onnx", "lightning", "albumentations", "jinja2", "matplotlib"}
print(sorted(heavy & set(sys.modules)))
"""


def test_no_module_needs_training_or_rendering_packages_to_be_imported():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


RENDER = """
import sys
from pathlib import Path
from pipeline.report.config import ReportConfig
from pipeline.report.inputs import ReportInputs
from pipeline.report.stage import run
roles = dict(item.split("=", 1) for item in sys.argv[2:])
run(ReportConfig(), ReportInputs(**{role: Path(path) for role, path in roles.items()}), Path(sys.argv[1]))
print(sorted({"torch", "torchvision", "onnx", "lightning"} & set(sys.modules)))
"""


def test_a_fresh_process_renders_the_same_page_without_training_packages(inputs, html, tmp_path):
    roles = [f"{role}={path}" for role, path in inputs.present().items()]
    command = [sys.executable, "-c", RENDER, str(tmp_path), *roles]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == html
