"""Name the library versions that a training depends on."""

import platform

import lightning
import numpy as np
import torch
import torchvision


def library_versions() -> dict[str, str]:
    """Return the versions of torch, torchvision, lightning, numpy and Python."""
    return {
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "lightning": lightning.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
