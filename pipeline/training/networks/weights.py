"""Give a network its first weights: from ImageNet, from a file, or none."""

import logging
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from data_tools.artifacts.hashing import sha256_file
from data_tools.errors import InputError
from data_tools.validation import closest
from pipeline.training.artifact import WeightsOrigin
from pipeline.training.networks.backbones import TIMM_PREFIX
from pipeline.training.networks.download import DownloadError
from pipeline.training.networks.roadnet import RoadNet
from pipeline.training.networks.strictness import first_mismatch
from pipeline.training.networks.timm_weights import fetch_timm
from pipeline.training.networks.torchvision_weights import fetch_imagenet
from pipeline.training.networks.weight_files import read_state_dict

WORDS = ("imagenet", "imagenet-or-scratch", "scratch")

_LOG = logging.getLogger("roadgrip")
_BACKBONE = "backbone."


def start_from(network: RoadNet, weights: str) -> WeightsOrigin:
    """Load the weights that a choice names into a network, in place, and say where they came from.

    Args:
        network: The network with random weights.
        weights: One of `WORDS`, or a file with the key names of the network's library (torchvision or timm).

    Raises:
        InputError: There are no such weights, they cannot be downloaded, the file cannot be read, or a name or shape
            does not fit.
    """
    if weights == "scratch":
        return WeightsOrigin(type="scratch", detail="chosen", sha256=None)
    if weights not in WORDS:
        return _start_from_file(network, Path(weights))
    try:
        state, origin = _fetch(network.spec.name)
    except DownloadError as error:
        if weights == "imagenet":
            raise InputError(
                f"train.weights: {error}; give a local file with --weights FILE (or train.weights in the "
                "configuration), or start from random weights with 'scratch'"
            ) from error
        _LOG.warning("training starts from random weights: %s", error)
        return WeightsOrigin(type="scratch", detail=str(error), sha256=None)
    load_public_state(network, state, origin.detail)
    return origin


def _fetch(name: str) -> tuple[dict[str, Tensor], WeightsOrigin]:
    """Fetch the library's pretrained weights."""
    return fetch_timm(name) if name.startswith(TIMM_PREFIX) else fetch_imagenet(name)


def _start_from_file(network: RoadNet, path: Path) -> WeightsOrigin:
    """Load a weights file."""
    if not path.is_file():
        raise InputError(
            f"train.weights: no such file '{path}', nor is it one of the words; {closest(str(path), WORDS)}"
        )
    load_public_state(network, read_state_dict(path), str(path))
    return WeightsOrigin(type="file", detail=path.name, sha256=sha256_file(path))


def load_public_state(network: RoadNet, state: Mapping[str, Tensor], name: str) -> None:
    """Load a state dict with the key names of the network's library (torchvision or timm), strictly.

    The library's last layer may have any number of classes; it is used where it fits, and left out where the class
    count differs, the network has an embedding before its head, or the head is none of the library's.

    Args:
        network: The network, changed in place.
        state: The library's state dict.
        name: What to call it in messages.

    Raises:
        InputError: A key is missing, unknown or misshapen; the message names the first.
    """
    backbone = network.backbone
    own = network.state_dict()
    own_name = {backbone.public_key(key.removeprefix(_BACKBONE)): key for key in own if key.startswith(_BACKBONE)}
    expected = {theirs: own[ours].shape for theirs, ours in own_name.items()}
    last = {key: value for key, value in state.items() if _is_in(key, backbone.classifier_key)}
    body = {key: value for key, value in state.items() if key not in last}
    problem = first_mismatch(expected, body)
    if problem is None and (last or backbone.classifier_required):
        problem = _last_problem(last, backbone.classifier_key, backbone.width)
    if problem is not None:
        raise InputError(f"{name}: does not fit {network.spec.name} with {backbone.library}'s key names: {problem}")
    loaded = {ours: state[theirs] for theirs, ours in own_name.items()}
    bias = last.get(f"{backbone.classifier_key}.bias")
    if bias is not None and _takes_last(network, len(bias)):
        loaded |= {"head.weight": last[f"{backbone.classifier_key}.weight"], "head.bias": bias}
    network.load_state_dict(loaded, strict=False)


def _is_in(key: str, prefix: str) -> bool:
    """Tell whether a key is of a layer; an empty name is no layer."""
    return bool(prefix) and key.startswith(f"{prefix}.")


def _takes_last(network: RoadNet, classes: int) -> bool:
    """Tell whether the library's last layer is the network's head."""
    spec = network.spec
    return spec.head == "linear" and spec.embedding_dim is None and classes == spec.num_classes


def _last_problem(last: Mapping[str, Tensor], key: str, width: int) -> str | None:
    """Describe what is wrong with the last layer, whatever its class count."""
    weight = last.get(f"{key}.weight")
    classes = weight.shape[0] if weight is not None and weight.ndim > 0 else 0
    return first_mismatch({f"{key}.weight": (classes, width), f"{key}.bias": (classes,)}, last)
