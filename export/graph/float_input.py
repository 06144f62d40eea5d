"""Cut the normalisation off an exported graph, to measure what it costs or saves to have it inside.

    python -m export.graph.float_input model.fp32.onnx float_input.onnx

For `python -m benchmarks.latency.preprocessing_speed`; nothing else takes such a graph, and the runtime refuses it.
"""

import argparse
import sys
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import TensorProto, helper

from data_tools.artifacts.atomic import write_bytes
from data_tools.errors import InputError, RoadgripError
from export.graph.rewrite import drop_unused_initializers

INPUT = "normalized"
_NORMALIZATION = ["Cast", "Transpose", "Sub", "Div"]


def with_float_input(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the graph behind its normalisation: it takes (batch, 3, H, W) float32 in the channel order that it had.

    Its metadata goes, for it no longer takes what that says.

    Args:
        model: A graph that takes (batch, H, W, 3) uint8 and normalises it; stays as it is.

    Raises:
        InputError: It does not begin with a normalisation.
    """
    cut = onnx.ModelProto()
    cut.CopyFrom(model)
    given = cut.graph.input[0]
    tensor, removed = given.name, []
    for wanted in _NORMALIZATION:
        readers = [node for node in cut.graph.node if tensor in node.input]
        if [node.op_type for node in readers] != [wanted]:
            found = ", ".join(node.op_type for node in readers) or "nothing"
            raise InputError(
                f"expected a graph that begins with {', '.join(_NORMALIZATION)}; '{tensor}' goes to {found}"
            )
        removed.append(readers[0])
        tensor = readers[0].output[0]
    for node in removed:
        cut.graph.node.remove(node)
    for node in cut.graph.node:
        for position, name in enumerate(node.input):
            if name == tensor:
                node.input[position] = INPUT
    batch, height, width, channels = (item.dim_param or item.dim_value for item in given.type.tensor_type.shape.dim)
    del cut.graph.input[:], cut.graph.value_info[:], cut.metadata_props[:]
    cut.graph.input.append(helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [batch, channels, height, width]))
    drop_unused_initializers(cut)
    onnx.checker.check_model(cut, full_check=True)
    return cut


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path, help="an exported graph with its normalisation inside")
    parser.add_argument("out", type=Path, help="where the graph without it goes")
    options = parser.parse_args(arguments)
    try:
        write_bytes(options.out, with_float_input(_read(options.graph)).SerializeToString(deterministic=True))
    except RoadgripError as error:
        sys.stderr.write(f"{options.graph}: {error}\n")
        return error.exit_code
    return 0


def _read(path: Path) -> onnx.ModelProto:
    """Read a graph.

    Raises:
        InputError: It is missing or no ONNX file.
    """
    try:
        return onnx.load_from_string(path.read_bytes())
    except (OSError, DecodeError) as error:
        raise InputError(f"expected an ONNX file ({' '.join(str(error).split())})") from error


if __name__ == "__main__":
    raise SystemExit(main())
