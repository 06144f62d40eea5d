"""Move values by a share of themselves, up or down at random (gradient-free sign perturbation, section 3.3)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from data_tools.errors import InputError
from data_tools.validation import closest


def sign_perturbed(values: Tensor, epsilon: float, probability: float, generator: torch.Generator) -> Tensor:
    """Compute g(x) = x + ε·x⊙l(x) with l(x) = sgn(x) with probability p and −sgn(x) otherwise, value by value.

    As x·sgn(x) = |x|, that is x ± ε|x|. The sign is piecewise constant, so the Jacobian is 1 + ε·l(x).

    Args:
        values: Any shape, pictures or hidden features.
        epsilon: ε, share of the value.
        probability: p in [0, 1].
        generator: On the values' device.

    Returns:
        The values' shape and type; nothing is clipped.
    """
    draws = torch.rand(values.shape, generator=generator, device=values.device)
    signs = torch.where(draws < probability, epsilon, -epsilon) * values.detach().sign()
    return values * (1 + signs).to(values.dtype)


@contextmanager
def perturb_hidden(
    network: nn.Module, names: Sequence[str], epsilon: float, probability: float, generator: torch.Generator
) -> Iterator[None]:
    """Perturb the output of named layers by `sign_perturbed` inside a `with` block.

    The hooks are gone afterwards, also if the block raises. A name that is given twice counts once.

    Args:
        network: The network.
        names: Names of submodules with one tensor as output, as `named_modules` gives them.
        epsilon: ε, share of the value.
        probability: p in [0, 1].
        generator: On the network's device.

    Yields:
        Nothing; run the network inside the block.

    Raises:
        InputError: There is no such submodule (the closest name comes first), or its output is no tensor.
    """
    known = dict(network.named_modules())
    known.pop("", None)
    for name in names:
        if name not in known:
            raise InputError(f"unknown layer '{name}'; {closest(name, tuple(known))}")

    def hook(module: nn.Module, inputs: object, output: object) -> Tensor:  # noqa: ARG001
        if not isinstance(output, Tensor):
            label = type(module).__name__
            raise InputError(f"expected a layer with one tensor as output, got {label} with {type(output).__name__}")
        return sign_perturbed(output, epsilon, probability, generator)

    handles = [known[name].register_forward_hook(hook) for name in dict.fromkeys(names)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
