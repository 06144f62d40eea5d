"""Load the network that looks at the pictures; it is never trained here."""

from pathlib import Path
from typing import NamedTuple

import torch

from data_tools.artifacts.hashing import sha256_file
from data_tools.errors import InputError
from pipeline.label_errors.config import LabelErrorConfig
from pipeline.training.artifact import NetworkSpec, WeightsOrigin
from pipeline.training.networks import RoadNet, build_network
from pipeline.training.networks.download import DownloadError
from pipeline.training.networks.torchvision_weights import fetch_imagenet
from pipeline.training.networks.weight_files import read_state_dict
from pipeline.training.networks.weights import load_public_state

IMAGENET_WORD = "imagenet"


class FrozenNetwork(NamedTuple):
    """Hold a network in eval mode on its device, and where its weights came from."""

    network: RoadNet
    origin: WeightsOrigin


def load_frozen(config: LabelErrorConfig) -> FrozenNetwork:
    """Build the network, give it its weights, and move it to the device.

    Args:
        config: Names the network, the weights and the device.

    Raises:
        InputError: The weights cannot be downloaded, the file cannot be read or does not fit, or there is no GPU
            where one is asked for.
    """
    device = _device(config.device)
    network = build_network(NetworkSpec(name=config.network, embedding_dim=None, num_classes=2, head="linear"))
    origin = _load_weights(network, config.weights)
    return FrozenNetwork(network.eval().requires_grad_(requires_grad=False).to(device), origin)


def _device(choice: str) -> torch.device:
    """Choose where the network runs."""
    if choice == "gpu" and not torch.cuda.is_available():
        raise InputError("label_errors.device: expected a CUDA GPU, found none; use cpu or auto")
    return torch.device("cuda" if choice != "cpu" and torch.cuda.is_available() else "cpu")


def _load_weights(network: RoadNet, weights: str) -> WeightsOrigin:
    """Load ImageNet weights by name or from a file; random weights would see nothing, so they are no choice."""
    if weights == IMAGENET_WORD:
        try:
            state, origin = fetch_imagenet(network.spec.name)
        except DownloadError as error:
            raise InputError(
                f"label_errors.weights: {error}; give a local file with --weights FILE (or label_errors.weights in "
                "the configuration)"
            ) from error
        load_public_state(network, state, origin.detail)
        return origin
    path = Path(weights)
    if not path.is_file():
        raise InputError(
            f"label_errors.weights: expected {IMAGENET_WORD} or a weight file, and there is no such file '{weights}'"
        )
    load_public_state(network, read_state_dict(path), str(path))
    return WeightsOrigin(type="file", detail=path.name, sha256=sha256_file(path))
