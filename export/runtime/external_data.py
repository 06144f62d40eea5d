"""Refuse graphs whose weights lie in another file, before ONNX Runtime sees them.

ONNX Runtime looks for such a file in the working directory when a graph comes as bytes (seen in 1.31), and no hash of
the manifest covers it. So every tensor of an ONNX file is visited, also in attributes, subgraphs, functions and what
training left behind.
"""

from data_tools.errors import CheckFailedError
from export.runtime.protobuf import fields

CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
"""The messages of onnx.proto that lead to a tensor, by the kind of message and the field's number."""

MOST_LEVELS = 100
"""Deepest nesting of messages, as in protobuf itself; a graph within a graph takes three."""

_EXTERNAL_DATA, _DATA_LOCATION = 13, 14  # of TensorProto


def refuse_external_data(graph: bytes, label: str) -> None:
    """Check that a graph holds all of its tensors' values.

    Args:
        graph: The ONNX file's bytes.
        label: What to call the file in messages.

    Raises:
        CheckFailedError: A tensor names a place outside the file, however that is written, or the bytes are no ONNX
            file, or one that is nested too deep.
    """
    waiting = [("model", memoryview(graph), 1)]
    try:
        while waiting:
            kind, message, level = waiting.pop()
            if level > MOST_LEVELS:
                raise CheckFailedError(
                    f"{label}: expected an ONNX file of at most {MOST_LEVELS} levels, it is nested deeper"
                )
            if kind == "tensor":
                _check_tensor(message, label)
                continue
            children = CHILDREN[kind]
            for number, value in fields(message):
                if number in children and not isinstance(value, int):
                    waiting.append((children[number], value, level + 1))
    except ValueError as error:
        raise CheckFailedError(f"{label}: expected an ONNX file, but it cannot be read as one") from error


def _check_tensor(tensor: memoryview, label: str) -> None:
    """Check that a TensorProto says nothing of another place, not even that there is one."""
    for number, value in fields(tensor):
        if number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0):
            raise CheckFailedError(
                f"{label}: expected every weight inside the graph's own file, got one that lies in another file, which "
                "nothing guards; export the bundle again"
            )
