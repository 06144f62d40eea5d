"""Register training methods by name and build them from their configuration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel
from torch import Tensor, nn

from data_tools.errors import InputError
from data_tools.validation import closest
from pipeline.training.config import MethodConfig
from pipeline.training.networks.roadnet import Output


@dataclass(frozen=True)
class LossTerms:
    """Hold the scalar that is minimised and the named, unweighted terms it is made of."""

    total: Tensor
    parts: Mapping[str, Tensor]


class Method(Protocol):
    """Turn a batch's features and logits into loss terms; its classes are torch modules, for their buffers."""

    noise_sigma: float | None
    """Noise of the second view, grey levels (0..255); None: the method sees clean pictures only."""

    def __call__(self, clean: Output, noisy: Output | None, labels: Tensor, head: nn.Linear) -> LossTerms:
        """Compute the loss terms.

        Args:
            clean: Features (B, d) and logits (B, C) of the clean view.
            noisy: The same of the noisy view; None where `noise_sigma` asks for none.
            labels: (B,) int64.
            head: The last linear layer.
        """
        ...


ConfigT = TypeVar("ConfigT", bound=BaseModel)
Factory = Callable[[ConfigT, int, int], Method]
_REGISTRY: dict[str, Callable[[BaseModel, int, int], Method]] = {}


def register(name: str, config_type: type[ConfigT]) -> Callable[[Factory[ConfigT]], Factory[ConfigT]]:
    """Register a method class, built as (config, number of classes, feature width), under a name.

    Raises:
        ValueError: The name is taken.
    """

    def decorate(factory: Factory[ConfigT]) -> Factory[ConfigT]:
        if name in _REGISTRY:
            raise ValueError(f"method '{name}' is registered already")

        def build(config: BaseModel, num_classes: int, feature_dim: int) -> Method:
            if not isinstance(config, config_type):
                raise TypeError(f"method '{name}': expected a {config_type.__name__}, got {type(config).__name__}")
            return factory(config, num_classes, feature_dim)

        _REGISTRY[name] = build
        return factory

    return decorate


def names() -> tuple[str, ...]:
    """Return the registered names, sorted."""
    return tuple(sorted(_REGISTRY))


def get(name: str) -> Callable[[BaseModel, int, int], Method]:
    """Return a method's builder.

    Raises:
        InputError: The name is unknown; the message lists the known ones, the closest first.
    """
    if name not in _REGISTRY:
        raise InputError(f"unknown method '{name}'; {closest(name, names())}")
    return _REGISTRY[name]


def build_method(config: MethodConfig, num_classes: int, feature_dim: int) -> Method:
    """Build the method that a configuration names."""
    return get(config.type)(config, num_classes, feature_dim)
