"""Read a state dict from a file without running code from it."""

import pickle
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from data_tools.errors import InputError

_UNREADABLE = (
    safetensors.SafetensorError,
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    OSError,
    LookupError,  # some garbage that begins like a pickle
    ValueError,
)


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Read a `.safetensors` file, or a torch state dict of any other suffix (`weights_only`, so no code runs).

    Raises:
        InputError: The file is missing, unreadable, or holds no state dict.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such weights file")
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        value: object = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        raise InputError(
            f"{path}: expected a .safetensors file or a torch state dict, but it cannot be read as one "
            f"({type(error).__name__})"
        ) from error
    if not isinstance(value, dict):
        raise InputError(f"{path}: expected a state dict, got a {type(value).__name__}")
    state: dict[str, Tensor] = {}
    for name, tensor in value.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise InputError(f"{path}: expected tensors by name, got {name!r}: {type(tensor).__name__}")
        state[name] = tensor
    return state
