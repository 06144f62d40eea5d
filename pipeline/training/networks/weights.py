"""Give a network its first weights: from ImageNet, from a file, or none."""

import logging
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from data_tools.artifacts.hashing import sha256_file
from data_tools.errors import InputError
from data_tools.validation import closest
from pipeline.training.artifact import WeightsOrigin
from pipeline.training.networks.roadnet import RoadNet
from pipeline.training.networks.strictness import first_mismatch
from pipeline.training.networks.torchvision_weights import DownloadError, fetch_imagenet
from pipeline.training.networks.weight_files import read_state_dict

WORDS = ("imagenet", "imagenet-or-scratch", "scratch")

_LOG = logging.getLogger("roadgrip")
_HEAD = "classifier.3"


def start_from(network: RoadNet, weights: str) -> WeightsOrigin:
    """Load the weights that a choice names into a network, in place, and say where they came from.

    Args:
        network: The network with random weights.
        weights: One of `WORDS`, or a file with torchvision's key names.

    Raises:
        InputError: The weights cannot be downloaded, the file cannot be read, or a name or shape does not fit.
    """
    if weights == "scratch":
        return WeightsOrigin(type="scratch", detail="chosen", sha256=None)
    if weights not in WORDS:
        return _start_from_file(network, Path(weights))
    try:
        state, origin = fetch_imagenet(network.spec.name)
    except DownloadError as error:
        if weights == "imagenet":
            raise InputError(
                f"train.weights: {error}; give a local file with --weights FILE (or train.weights in the "
                "configuration), or start from random weights with 'scratch'"
            ) from error
        _LOG.warning("training starts from random weights: %s", error)
        return WeightsOrigin(type="scratch", detail=str(error), sha256=None)
    load_torchvision_state(network, state, origin.detail)
    return origin


def _start_from_file(network: RoadNet, path: Path) -> WeightsOrigin:
    """Load a weights file."""
    if not path.is_file():
        raise InputError(
            f"train.weights: no such file '{path}', nor is it one of the words; {closest(str(path), WORDS)}"
        )
    load_torchvision_state(network, read_state_dict(path), str(path))
    return WeightsOrigin(type="file", detail=path.name, sha256=sha256_file(path))


def load_torchvision_state(network: RoadNet, state: Mapping[str, Tensor], name: str) -> None:
    """Load a state dict with torchvision's key names, strictly.

    The last layer (`classifier.3`) may have any number of classes; it is used where it fits, and left at its
    random start where the class count differs or the network has an embedding before it.

    Args:
        network: The network, changed in place.
        state: torchvision's state dict.
        name: What to call it in messages.

    Raises:
        InputError: A key is missing, unknown or misshapen; the message names the first.
    """
    own = network.state_dict()
    own_name = {_torchvision_name(key): key for key in own if not key.startswith(("embedding.", "head."))}
    expected = {theirs: own[ours].shape for theirs, ours in own_name.items()}
    body = {key: value for key, value in state.items() if not key.startswith(f"{_HEAD}.")}
    problem = first_mismatch(expected, body) or _head_problem(state, network.hidden.out_features)
    if problem is not None:
        raise InputError(f"{name}: does not fit {network.spec.name} with torchvision's key names: {problem}")
    loaded = {ours: state[theirs] for theirs, ours in own_name.items()}
    if network.embedding is None and len(state[f"{_HEAD}.bias"]) == network.spec.num_classes:
        loaded |= {"head.weight": state[f"{_HEAD}.weight"], "head.bias": state[f"{_HEAD}.bias"]}
    network.load_state_dict(loaded, strict=False)


def _torchvision_name(own: str) -> str:
    """Return torchvision's name of one of our keys."""
    return own.replace("hidden.", "classifier.0.", 1) if own.startswith("hidden.") else own


def _head_problem(state: Mapping[str, Tensor], hidden: int) -> str | None:
    """Describe what is wrong with the last layer, whatever its class count."""
    weight = state.get(f"{_HEAD}.weight")
    classes = weight.shape[0] if weight is not None and weight.ndim > 0 else 0
    head = {key: value for key, value in state.items() if key.startswith(f"{_HEAD}.")}
    return first_mismatch({f"{_HEAD}.weight": (classes, hidden), f"{_HEAD}.bias": (classes,)}, head)
