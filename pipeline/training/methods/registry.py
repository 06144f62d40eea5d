"""Register training methods by name and build them from their configuration."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel
from torch import Tensor, nn

from data_tools.errors import InputError
from data_tools.validation import closest
from pipeline.training.method_config import MethodConfig
from pipeline.training.methods.views import View
from pipeline.training.networks.roadnet import Output


@dataclass(frozen=True)
class LossTerms:
    """Hold what is minimised, base + ramp·extra, and the named, unweighted terms it is made of; all are scalars."""

    base: Tensor
    parts: Mapping[str, Tensor]
    extra: Tensor | None = None
    """Weighted terms that may be ramped in; None: there are none."""

    def total(self, ramp: float = 1.0) -> Tensor:
        """Return the scalar to minimise, given the extra terms' share of their weight (0..1)."""
        return self.base if self.extra is None else self.base + ramp * self.extra


@dataclass(frozen=True)
class Surroundings:
    """Hold what a method has to know of the training around it."""

    classes: tuple[str, ...]
    feature_dim: int
    class_weights: tuple[float, ...] | None = None
    """Weight of each class in the cross-entropy, mean 1 over the training pictures; None: all 1."""


class Method(Protocol):
    """Turn the features and logits of a batch's views into loss terms.

    Methods are torch modules, for their buffers. They know nothing of how pictures are loaded or results logged.
    """

    views: tuple[View, ...]
    """What the network has to look at, in this order."""
    ramp_epochs: float
    """Epochs over which the extra terms grow to their weight."""
    validation_sigma: float | None
    """Gaussian noise that validation adds as a second view, grey levels; None: clean pictures only."""

    def __call__(self, outputs: Sequence[Output], labels: Tensor, head: nn.Module) -> LossTerms:
        """Compute the loss terms.

        Args:
            outputs: Features (B, d) and logits (B, C) of each view, in the order of `views`.
            labels: (B,) int64.
            head: The network's last layer.
        """
        ...

    def prepare(self, head: nn.Module) -> None:
        """Set up the head before the first step, where the method prescribes it (preset centres)."""
        ...

    def diagnose(self, means: Mapping[str, float]) -> str | None:
        """Say what went wrong in an epoch, given the means of the terms; None: nothing that can be told.

        Args:
            means: By name, as in `LossTerms.parts`.
        """
        ...


ConfigT = TypeVar("ConfigT", bound=BaseModel)
Factory = Callable[[ConfigT, Surroundings], Method]
_REGISTRY: dict[str, Callable[[BaseModel, Surroundings], Method]] = {}


def register(name: str, config_type: type[ConfigT]) -> Callable[[Factory[ConfigT]], Factory[ConfigT]]:
    """Register a method class, built as (config, surroundings), under a name.

    Raises:
        ValueError: The name is taken.
    """

    def decorate(factory: Factory[ConfigT]) -> Factory[ConfigT]:
        if name in _REGISTRY:
            raise ValueError(f"method '{name}' is registered already")

        def build(config: BaseModel, surroundings: Surroundings) -> Method:
            if not isinstance(config, config_type):
                raise TypeError(f"method '{name}': expected a {config_type.__name__}, got {type(config).__name__}")
            return factory(config, surroundings)

        _REGISTRY[name] = build
        return factory

    return decorate


def names() -> tuple[str, ...]:
    """Return the registered names, sorted."""
    return tuple(sorted(_REGISTRY))


def get(name: str) -> Callable[[BaseModel, Surroundings], Method]:
    """Return a method's builder.

    Raises:
        InputError: The name is unknown; the message lists the known ones, the closest first.
    """
    if name not in _REGISTRY:
        raise InputError(f"unknown method '{name}'; {closest(name, names())}")
    return _REGISTRY[name]


def build_method(config: MethodConfig, surroundings: Surroundings) -> Method:
    """Build the method that a configuration names."""
    return get(config.type)(config, surroundings)
