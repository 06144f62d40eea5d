"""Register perturbations by name and apply them with a generator that depends on the picture alone."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from data_tools.errors import InputError
from data_tools.images.decode import Picture
from data_tools.randomness import keyed_generator
from data_tools.validation import closest


class Perturbation(Protocol):
    """Disturb one picture at one severity."""

    def __call__(self, picture: Picture, severity: float, generator: np.random.Generator) -> Picture:
        """Return the disturbed picture, same shape and dtype."""
        ...


_REGISTRY: dict[str, Perturbation] = {}


def register(name: str) -> Callable[[Perturbation], Perturbation]:
    """Register a perturbation under a name.

    Raises:
        ValueError: The name is taken.
    """

    def decorate(function: Perturbation) -> Perturbation:
        if name in _REGISTRY:
            raise ValueError(f"perturbation '{name}' is registered already")
        _REGISTRY[name] = function
        return function

    return decorate


def names() -> tuple[str, ...]:
    """Return the registered names, sorted."""
    return tuple(sorted(_REGISTRY))


def get(name: str) -> Perturbation:
    """Return a perturbation.

    Raises:
        InputError: The name is unknown; the message lists the known ones, the closest first.
    """
    if name not in _REGISTRY:
        raise InputError(f"unknown perturbation '{name}'; {closest(name, names())}")
    return _REGISTRY[name]


def perturb(picture: Picture, image_id: str, name: str, severity: float, run: int) -> Picture:
    """Apply a perturbation with draws from (image id, name, severity, run) and nothing else.

    Args:
        picture: (H, W, 3) uint8 RGB at model size.
        image_id: The picture's path in its data set.
        name: A registered perturbation.
        severity: Its strength; each perturbation says in which unit. 0 returns the picture as it is.
        run: Index of the independent repetition.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    function = get(name)
    if severity == 0:
        return picture
    return function(picture, severity, keyed_generator(image_id, name, f"{severity:g}", run))
