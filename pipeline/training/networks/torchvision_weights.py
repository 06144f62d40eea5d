"""Fetch torchvision's ImageNet weights."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
import torchvision
from torch import Tensor

from data_tools.artifacts.hashing import sha256_file
from pipeline.training.artifact import WeightsOrigin
from pipeline.training.networks.download import DownloadError

PATIENCE_S = 30.0


_FIRST_WEIGHTS = {
    "mobilenet_v3_small": torchvision.models.MobileNet_V3_Small_Weights.IMAGENET1K_V1,
    "mobilenet_v3_large": torchvision.models.MobileNet_V3_Large_Weights.IMAGENET1K_V1,
}
"""The first ImageNet weights of a network, by name: 'DEFAULT' moves between releases."""


def fetch_imagenet(name: str) -> tuple[dict[str, Tensor], WeightsOrigin]:
    """Load torchvision's ImageNet weights from torch's cache, or download them.

    Args:
        name: The network.

    Raises:
        DownloadError: There are none for this network, there is no connection, or the download is damaged.
    """
    if name not in _FIRST_WEIGHTS:
        raise DownloadError(f"there are no ImageNet weights for {name}, a network for small pictures")
    choice = _FIRST_WEIGHTS[name]
    try:
        with _socket_timeout(PATIENCE_S):
            state = dict(choice.get_state_dict(progress=False, check_hash=True))
    except (OSError, RuntimeError) as error:  # URLError is an OSError; a wrong hash a RuntimeError
        raise DownloadError(f"{choice.url} could not be fetched: {error}") from error
    cached = Path(torch.hub.get_dir()) / "checkpoints" / Path(choice.url).name
    return state, WeightsOrigin(
        type="imagenet",
        detail=str(choice),
        sha256=sha256_file(cached) if cached.is_file() else None,
    )


@contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """Bound how long a connection may stay silent; torch's downloader itself waits without end."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
