"""Write a network's weights, and load a trained network from its artifact."""

from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
from torch import Tensor

from data_tools.artifacts.atomic import write_bytes
from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.errors import InputError
from pipeline.training.artifact import CheckpointArtifact
from pipeline.training.networks.roadnet import RoadNet, build_network
from pipeline.training.networks.strictness import first_mismatch

WEIGHTS_NAME = "model.safetensors"
METHOD_PREFIX = "method."


def save_weights(state: Mapping[str, Tensor], path: Path) -> None:
    """Write a state dict as safetensors, atomically: plain strides, floats as float32.

    Args:
        state: The network's state dict, and the method's under `METHOD_PREFIX`.
        path: The file.
    """
    plain = {}
    for name, tensor in state.items():
        value = tensor.detach().cpu()
        plain[name] = (value.float() if value.is_floating_point() else value).contiguous()
    write_bytes(path, safetensors.torch.save(plain))


def load_checkpoint(path: Path) -> tuple[CheckpointArtifact, RoadNet]:
    """Load a trained network on the CPU, in eval mode.

    Args:
        path: The checkpoint's JSON.

    Raises:
        InputError: The JSON or the weights are missing, malformed or of another network, or it does not take RGB.
        CheckFailedError: A payload file was changed.
    """
    artifact, stored, weights_path = _read(path)
    color = artifact.preprocessing.color
    if color != "rgb":  # another order is the exported graph's business
        raise InputError(f"{path}: preprocessing.color: expected rgb, which training reads, got {color}; train it anew")
    state = {name: tensor for name, tensor in stored.items() if not name.startswith(METHOD_PREFIX)}
    network = build_network(artifact.network)
    problem = first_mismatch({name: value.shape for name, value in network.state_dict().items()}, state)
    if problem is not None:
        raise InputError(f"{weights_path}: {problem}")
    network.load_state_dict(state)
    return artifact, network.eval()


def load_method_state(path: Path) -> dict[str, Tensor]:
    """Read what the training method kept beside the network, such as its centroids, by name.

    Args:
        path: The checkpoint's JSON.

    Raises:
        InputError: The JSON or the weights are missing or malformed.
        CheckFailedError: A payload file was changed.
    """
    _, stored, _ = _read(path)
    return {name.removeprefix(METHOD_PREFIX): value for name, value in stored.items() if name.startswith(METHOD_PREFIX)}


def _read(path: Path) -> tuple[CheckpointArtifact, dict[str, Tensor], Path]:
    """Return a checkpoint's artifact, all its tensors, and the file they are in."""
    artifact = load_artifact(CheckpointArtifact, path)
    check_payload(artifact, path.parent)
    weights_path = path.parent / artifact.weights.path
    try:
        return artifact, safetensors.torch.load_file(weights_path), weights_path
    except safetensors.SafetensorError as error:
        raise InputError(f"{weights_path}: expected a safetensors file ({error})") from error
