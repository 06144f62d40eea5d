"""Compute what a frozen network sees in every picture."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from data_tools.images.decode import Picture, read_picture
from data_tools.images.preprocessing import PreprocessingSpec, to_model_size
from data_tools.progress import Progress, silent
from pipeline.training.networks import Normalize, RoadNet, to_unit_range
from pipeline.training.networks.backbones import MobileNetV3Backbone


def picture_features(
    network: RoadNet,
    preprocessing: PreprocessingSpec,
    files: Sequence[Path],
    *,
    batch_size: int = 32,
    mirrored: bool = True,
    progress: Progress = silent,
) -> npt.NDArray[np.float32]:
    """Compute features of picture files; each is decoded once.

    Args:
        network: In eval mode, on its device.
        preprocessing: The size and the normalisation that its weights expect.
        files: The pictures.
        batch_size: Pictures in a forward pass.
        mirrored: Average the features of a picture and of its mirror image.
        progress: Told after every batch.

    Returns:
        (N, D): see `frozen_features`.

    Raises:
        InputError: A file is missing or no usable picture.
        ValueError: The network is in training mode, or there is no file.
    """
    if network.training:
        raise ValueError("expected a network in eval mode, got one in training mode")
    if not files:
        raise ValueError("expected 1 or more picture files, got none")
    device = next(network.parameters()).device
    normalize = Normalize(preprocessing.normalization).to(device)
    batches: list[npt.NDArray[np.float32]] = []
    with torch.inference_mode(), ThreadPoolExecutor(_cores()) as pool:
        for start in range(0, len(files), batch_size):
            chosen = files[start : start + batch_size]
            pictures = np.stack(list(pool.map(lambda file: _read(file, preprocessing), chosen)))
            inputs = normalize(to_unit_range(torch.from_numpy(pictures).to(device)))
            seen = frozen_features(network, inputs)
            if mirrored:
                seen = (seen + frozen_features(network, inputs.flip(3))) / 2
            batches.append(np.asarray(seen.cpu().numpy(), dtype=np.float32))
            progress(start + len(chosen), len(files), "looking at pictures")
    return np.concatenate(batches)


def frozen_features(network: RoadNet, pictures: Tensor) -> Tensor:
    """Return the pooled last convolution beside the hidden layer in front of torchvision's classifier.

    Args:
        network: A MobileNetV3 in eval mode.
        pictures: (B, 3, H, W) normalised.

    Returns:
        (B, D): D = 576 + 1024 for the Small network, 960 + 1280 for the Large.

    Raises:
        TypeError: The network is no MobileNetV3.
    """
    backbone = network.backbone
    if not isinstance(backbone, MobileNetV3Backbone):
        raise TypeError(f"expected a MobileNetV3, got {network.spec.name}")
    pooled = backbone.pooled(pictures)
    return torch.cat([pooled, backbone.last_activation(pooled)], dim=1)


def _read(file: Path, preprocessing: PreprocessingSpec) -> Picture:
    """Read a picture at model size."""
    return to_model_size(read_picture(file), preprocessing)


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
