"""Read an ONNX file's operator set without the onnx package, which a device need not have."""

from data_tools.errors import CheckFailedError
from export.runtime.protobuf import fields, messages

_OPSET_IMPORT, _DOMAIN, _VERSION = 8, 1, 2  # field numbers of onnx.proto's ModelProto and OperatorSetIdProto


def opset_of(graph: bytes, label: str) -> int:
    """Return the version of the default operator set.

    Raises:
        CheckFailedError: The bytes are no ONNX file, or it names no default operator set.
    """
    try:
        for value in messages(graph, _OPSET_IMPORT):
            entry = dict(fields(value))
            version = entry.get(_VERSION)
            domain = entry.get(_DOMAIN, b"")
            if not isinstance(domain, int) and bytes(domain) in {b"", b"ai.onnx"} and isinstance(version, int):
                return version
    except ValueError as error:
        raise CheckFailedError(f"{label}: expected an ONNX file, but it cannot be read as one") from error
    raise CheckFailedError(f"{label}: expected an ONNX file with a default operator set, found none")
