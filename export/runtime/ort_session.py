"""Open an ONNX Runtime session on a graph's bytes."""

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state

from data_tools.errors import CheckFailedError, InputError
from export.runtime.external_data import refuse_external_data
from export.runtime.limits import THREADS
from export.runtime.providers import find_provider, unavailable

ORT_ERRORS: tuple[type[Exception], ...] = (
    RuntimeError,
    *(
        value
        for value in vars(onnxruntime_pybind11_state).values()
        if isinstance(value, type) and issubclass(value, Exception)
    ),
    UnicodeDecodeError,
)
"""What ONNX Runtime raises; its own exceptions share no base class, and its message may quote what is no UTF-8."""

_LOG_ERRORS_ONLY = 3


def create_session(graph: bytes, label: str, threads: int | None, provider: str) -> onnxruntime.InferenceSession:
    """Open a session.

    The graph comes as bytes, so that what runs is what was hashed; weights in a second file are refused before ONNX
    Runtime sees them, for it would take them from the working directory.

    Args:
        graph: The ONNX file's bytes.
        label: What to call the file in messages.
        threads: Threads within one operator; None leaves the number to ONNX Runtime (one a physical core).
        provider: See `export.runtime.providers`.

    Raises:
        InputError: `threads` is outside 1..1024, or the provider is unknown or cannot be used on this machine.
        CheckFailedError: The graph has weights elsewhere, or ONNX Runtime refuses it.
    """
    if threads is not None and not 1 <= threads <= THREADS:
        raise InputError(f"threads: expected 1..{THREADS}, or none for all cores, got {threads}")
    chosen = find_provider(provider)
    refuse_external_data(graph, label)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.inter_op_num_threads = 1
    options.log_severity_level = _LOG_ERRORS_ONLY
    # Idle workers would otherwise spin on and slow down whatever runs next, the decoder or another session: two
    # sessions taking turns with 2 threads on 2 cores had a p50 of 15 ms instead of 4 ms.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    # Or a file in ONNX Runtime's own format, which nothing above has read, would be recognised by its first bytes.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    try:
        session = onnxruntime.InferenceSession(
            graph, options, providers=list(chosen.execution_providers), enable_fallback=0
        )
    except ORT_ERRORS as error:
        raise CheckFailedError(f"{label}: ONNX Runtime cannot open it ({one_line(error)})") from error
    found = session.get_providers()
    if found[0] != chosen.execution_providers[0]:
        raise unavailable(provider, f"ONNX Runtime could not start it and offers {found[0]} instead")
    session.disable_fallback()
    return session


def one_line(error: Exception) -> str:
    """Return an ONNX Runtime message as one line of at most 200 characters, none of which a terminal obeys."""
    text = " ".join(str(error).split())
    text = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
    return text if len(text) <= 200 else text[:197] + "..."
