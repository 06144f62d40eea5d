"""Name the libraries and the code that a training depends on."""

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import albumentations
import cv2
import lightning
import numpy as np
import torch
import torchvision

from data_tools.artifacts.hashing import sha256_json
from data_tools.artifacts.source_code import code_version

_CODE = ("data_tools/cache", "data_tools/images", "data_tools/randomness.py")
_TRAINING, _PREVIEW = "pipeline/training", "pipeline/training/preview"


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that decide a training's weights; timm's where it is installed."""
    found = {
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "lightning": lightning.__version__,
        "albumentations": albumentations.__version__,
        "opencv": cv2.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
    with suppress(PackageNotFoundError):
        found["timm"] = version("timm")
    return found


def training_code() -> str:
    """Return a digest of the source code that decides a training's weights; the preview page does not."""
    return sha256_json([*(code_version(place) for place in _CODE), code_version(_TRAINING, _PREVIEW)])
