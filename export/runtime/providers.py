"""Choose where ONNX Runtime computes, and refuse what this machine does not have."""

from dataclasses import dataclass

import onnxruntime

from data_tools.errors import InputError
from data_tools.validation import closest


@dataclass(frozen=True)
class Provider:
    """Name an execution provider of ONNX Runtime.

    Attributes:
        execution_providers: ONNX Runtime's names in order of preference; the first must be there, the others take
            the nodes that it has no kernel for.
        extra: What installs it, or None for what is always there.
    """

    execution_providers: tuple[str, ...]
    extra: str | None


_PROVIDERS = {
    "cpu": Provider(("CPUExecutionProvider",), None),
    "cuda": Provider(("CUDAExecutionProvider", "CPUExecutionProvider"), "gpu"),
    "tensorrt": Provider(
        ("TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"), "gpu,tensorrt"
    ),
}


def names() -> tuple[str, ...]:
    """Return the provider names that `find_provider` knows."""
    return tuple(_PROVIDERS)


def available() -> tuple[str, ...]:
    """Return the provider names that this build of ONNX Runtime has."""
    built_in = set(onnxruntime.get_available_providers())
    return tuple(name for name, provider in _PROVIDERS.items() if provider.execution_providers[0] in built_in)


def find_provider(name: str) -> Provider:
    """Return a provider that this build of ONNX Runtime has.

    Raises:
        InputError: The name is unknown, or this build lacks the provider; the message says what is available and
            which extra to install. There is no fallback to the CPU.
    """
    if name not in _PROVIDERS:
        raise InputError(f"unknown provider '{name}'; {closest(name, names())}")
    if name not in available():
        raise unavailable(name, "this ONNX Runtime was built without it")
    return _PROVIDERS[name]


def unavailable(name: str, reason: str) -> InputError:
    """Return the error for a provider that cannot be used here."""
    extra = _PROVIDERS[name].extra
    advice = (
        f"; in the checkout: pip install '.[{extra}]', then remove the plain onnxruntime as the README says"
        if extra
        else ""
    )
    return InputError(f"provider '{name}': {reason} (available: {', '.join(available())}){advice}")
