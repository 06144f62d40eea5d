"""Find out what is installed and which back ends work here, by trying them."""

import subprocess
import sys
from importlib import metadata
from typing import NamedTuple

from pipeline.stages.requirements import installed

_PACKAGES = {
    "numpy": "base",
    "onnxruntime": "base (or onnxruntime-gpu)",
    "opencv-python-headless": "base",
    "pydantic": "base",
    "torch": "train",
    "torchvision": "train",
    "albumentations": "train",
    "lightning": "train",
    "onnx": "train",
    "onnxscript": "train",
    "safetensors": "train",
    "jinja2": "report",
    "matplotlib": "report",
    "onnxruntime-gpu": "gpu",
    "tensorrt": "tensorrt",
}


class PackageState(NamedTuple):
    """Say whether a package is installed."""

    name: str
    version: str
    extra: str
    state: str


class BackendState(NamedTuple):
    """Say whether a back end works here, and why not."""

    name: str
    works: str
    detail: str


def packages() -> list[PackageState]:
    """Return the state of every package that some stage uses."""
    found = []
    for name, extra in _PACKAGES.items():
        version = _version(name)
        state = "installed" if version else f"missing: pip install '.[{extra}]'"
        found.append(PackageState(name, version or "-", extra, state if version or extra != "base" else "missing"))
    if _version("opencv-python") or _version("opencv-contrib-python"):
        found.append(
            PackageState(
                "opencv-python",
                _version("opencv-python") or _version("opencv-contrib-python") or "-",
                "-",
                "remove it: it overwrites opencv-python-headless's files",
            )
        )
    return found


def backends() -> list[BackendState]:
    """Try every back end."""
    return [
        _onnxruntime("CPUExecutionProvider", "ONNX Runtime CPU", "base"),
        _torch_cpu(),
        _torch_cuda(),
        _onnxruntime("CUDAExecutionProvider", "ONNX Runtime CUDA", "gpu"),
        _onnxruntime("TensorrtExecutionProvider", "ONNX Runtime TensorRT", "gpu,tensorrt"),
        _tensorrt(),
    ]


def _version(name: str) -> str | None:
    """Return an installed distribution's version."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _onnxruntime(provider: str, label: str, extra: str) -> BackendState:
    """Say whether ONNX Runtime offers a provider."""
    import onnxruntime

    if provider in onnxruntime.get_available_providers():
        return BackendState(label, "yes", f"onnxruntime {onnxruntime.__version__}")
    return BackendState(label, "no", f"this onnxruntime has no {provider}; pip install '.[{extra}]'")


def _torch_cpu() -> BackendState:
    """Import torch in a process of its own: it is slow, and a broken installation must not end this one."""
    return _try("torch CPU", "torch", "train", "import torch, torchvision; print('torch', torch.__version__)")


def _torch_cuda() -> BackendState:
    """Multiply two matrices on the GPU in a process of its own."""
    code = (
        "import sys, torch\n"
        "if not torch.cuda.is_available(): sys.exit('torch sees no CUDA device')\n"
        "x = torch.ones(8, 8, device='cuda'); assert float((x @ x).sum()) == 512\n"
        "print(torch.cuda.get_device_name(0))"
    )
    return _try("torch CUDA", "torch", "train", code)


def _tensorrt() -> BackendState:
    """Make a TensorRT builder in a process of its own."""
    code = "import tensorrt; tensorrt.Builder(tensorrt.Logger()); print('TensorRT', tensorrt.__version__)"
    return _try("TensorRT", "tensorrt", "tensorrt", code)


def _try(label: str, module: str, extra: str, code: str) -> BackendState:
    """Run code in a process of its own and report the last line it printed."""
    if not installed(module):
        return BackendState(label, "no", f"{module} is not installed: pip install '.[{extra}]'")
    try:
        done = subprocess.run(  # noqa: S603 - our own code, our own interpreter
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
        )
    except subprocess.TimeoutExpired:
        return BackendState(label, "no", "did not answer within 120 s")
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return BackendState(label, "yes" if done.returncode == 0 else "no", lines[-1] if lines else "no output")
