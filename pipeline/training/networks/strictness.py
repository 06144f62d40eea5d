"""Compare a state dict with the names and shapes that a network expects."""

from collections.abc import Mapping

from torch import Tensor


def first_mismatch(expected: Mapping[str, tuple[int, ...]], found: Mapping[str, Tensor]) -> str | None:
    """Describe the first key that is missing, misshapen or unknown, in the network's order; None if all fit.

    Args:
        expected: Shapes by name.
        found: A state dict.
    """
    for name, shape in expected.items():
        if name not in found:
            return f"{name}: expected shape {tuple(shape)}, found no such key"
        if tuple(found[name].shape) != tuple(shape):
            return f"{name}: expected shape {tuple(shape)}, found {tuple(found[name].shape)}"
    for name, tensor in found.items():
        if name not in expected:
            return f"{name}: expected no such key, found one of shape {tuple(tensor.shape)}"
    return None
