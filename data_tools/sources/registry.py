"""Register the kinds of sources by name."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from data_tools.errors import InputError
from data_tools.sources.candidates import Listing, SourceContext
from data_tools.validation import closest


class Source(Protocol):
    """Offer pictures; every source is a frozen pydantic model that rejects unknown keys."""

    @property
    def type(self) -> str:
        """Return the name it is registered under."""
        ...

    def offer(self, context: SourceContext) -> Listing:
        """List the pictures; make them first where the source holds none as files.

        Raises:
            InputError: The source is missing or malformed, or offers no picture of a class.
        """
        ...

    def fingerprint(self) -> str:
        """Return a digest of path, size and modification time of what it reads, without opening it."""
        ...


SourceT = TypeVar("SourceT", bound=Source)
_REGISTRY: dict[str, type[Source]] = {}


def register_source(name: str) -> Callable[[type[SourceT]], type[SourceT]]:
    """Register a source under a name.

    Raises:
        ValueError: The name is taken.
    """

    def decorate(cls: type[SourceT]) -> type[SourceT]:
        if name in _REGISTRY:
            raise ValueError(f"source '{name}' is registered already")
        _REGISTRY[name] = cls
        return cls

    return decorate


def names() -> tuple[str, ...]:
    """Return the registered names, sorted."""
    return tuple(sorted(_REGISTRY))


def get(name: str) -> type[Source]:
    """Return a source's class.

    Raises:
        InputError: The name is unknown; the message lists the known ones, the closest first.
    """
    if name not in _REGISTRY:
        raise InputError(f"unknown source '{name}'; {closest(name, names())}")
    return _REGISTRY[name]
