"""Check that the packages a stage needs are installed, before any work starts."""

import importlib.util
from collections.abc import Iterable

from data_tools.errors import MissingDependencyError

EXTRAS = {
    "train": ("torch", "torchvision", "albumentations", "lightning", "onnx", "onnxscript", "safetensors"),
    "report": ("jinja2", "matplotlib"),
    "data": ("pyarrow",),
    "labels": ("cleanlab", "sklearn"),
    "ray": ("ray",),
}


def require(extras: Iterable[str], what: str) -> None:
    """Raise unless every package of the extras can be imported.

    Args:
        extras: Names of optional dependency sets of this distribution.
        what: What needs them, for the message.

    Raises:
        MissingDependencyError: One is missing; the message holds the command that installs it.
    """
    for extra in extras:
        missing = [name for name in EXTRAS[extra] if not installed(name)]
        if missing:
            raise MissingDependencyError(
                f"{what} needs {', '.join(missing)}, not installed here; in the checkout, run: pip install '.[{extra}]'"
            )


def installed(name: str) -> bool:
    """Tell whether a top-level package can be found, without importing it."""
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False
