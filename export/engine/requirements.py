"""Say in one line what is missing on a machine that cannot build or run engines."""

import importlib.util

from data_tools.errors import MissingDependencyError

_MODULES = {"tensorrt": "tensorrt", "cuda.bindings.runtime": "cuda-python"}


def require_engine_packages(what: str) -> None:
    """Raise unless TensorRT and the CUDA bindings can be imported; they are imported where they are used.

    Args:
        what: What needs them, for the message.

    Raises:
        MissingDependencyError: One is missing; the message holds the command that installs it.
    """
    missing = [package for module, package in _MODULES.items() if not _found(module)]
    if missing:
        raise MissingDependencyError(
            f"{what} needs {' and '.join(missing)}, not installed here; on a machine with an NVIDIA GPU, in the "
            "checkout: pip install '.[tensorrt]' (on a Jetson, TensorRT comes with JetPack)"
        )


def _found(module: str) -> bool:
    """Tell whether a module can be found; importing its parents is what finding takes."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
