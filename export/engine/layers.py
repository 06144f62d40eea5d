"""Count how many layers of an engine run in which precision, from the engine inspector's JSON."""

import json
from collections import Counter
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from data_tools.artifacts.model import Record
from data_tools.errors import CheckFailedError

if TYPE_CHECKING:
    import tensorrt as trt

Precision = Literal["int8", "uint8", "fp8", "fp16", "bf16", "fp32", "int32", "int64", "bool", "unknown"]

_WORDS: tuple[tuple[str, Precision], ...] = (
    ("uint8", "uint8"),
    ("int8", "int8"),
    ("fp8", "fp8"),
    ("bfloat16", "bf16"),
    ("bf16", "bf16"),
    ("fp16", "fp16"),
    ("half", "fp16"),
    ("fp32", "fp32"),
    ("float", "fp32"),
    ("int32", "int32"),
    ("int64", "int64"),
    ("bool", "bool"),
)


class LayerCount(Record):
    """Count the layers of one kind and precision."""

    layer_type: str
    precision: Precision
    layers: int = Field(ge=1)


class _Tensor(BaseModel):
    """Read a tensor: TensorRT 10 gives one text for format and type, TensorRT 11 two fields."""

    model_config = ConfigDict(extra="ignore")

    both: str = Field(default="", alias="Format/Datatype")
    type_11: str = Field(default="", alias="DataType")
    type_11_lower: str = Field(default="", alias="Datatype")


class _Layer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    layer_type: str = Field(default="unknown", alias="LayerType")
    inputs: list[_Tensor] = Field(default=[], alias="Inputs")
    outputs: list[_Tensor] = Field(default=[], alias="Outputs")


class _Report(BaseModel):
    model_config = ConfigDict(extra="ignore")

    layers: list[_Layer] = Field(alias="Layers")


_REPORT = TypeAdapter(_Report)


def inspect_layers(engine: "trt.ICudaEngine") -> str:
    """Return the inspector's JSON of an engine that was built with detailed profiling."""
    import tensorrt as trt

    return engine.create_engine_inspector().get_engine_information(trt.LayerInformationFormat.JSON)


def count_layers(report: str) -> tuple[LayerCount, ...]:
    """Count layers by kind and precision, the most frequent first.

    A layer counts under the type of its first input, which is what its kernel computes on (a quantised convolution
    reads int8 and may write fp16); one without inputs under its first output.

    Raises:
        CheckFailedError: The text is not the inspector's JSON with layer details.
    """
    try:
        layers = _REPORT.validate_json(report).layers
    except ValidationError as error:
        raise CheckFailedError(
            "engine inspector: expected JSON with a list of described layers; is the engine built with detailed "
            f"profiling verbosity? It begins with {report[:60]!r}"
        ) from error
    counts = Counter((layer.layer_type, _layer_precision(layer)) for layer in layers)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(LayerCount(layer_type=kind, precision=precision, layers=n) for (kind, precision), n in ordered)


def tidy(report: str) -> str:
    """Return the inspector's JSON with line breaks, for people."""
    return json.dumps(json.loads(report), indent=1) + "\n"


def _layer_precision(layer: _Layer) -> Precision:
    """Return the precision that a layer counts under."""
    tensors = layer.inputs or layer.outputs
    return precision_of(tensors[0].type_11 or tensors[0].type_11_lower or tensors[0].both) if tensors else "unknown"


def precision_of(text: str) -> Precision:
    """Read a precision out of TensorRT's description of a tensor.

    Examples:
        >>> precision_of("Thirty-two wide channel vectorized row major Int8 format.")
        'int8'
        >>> precision_of("Half")
        'fp16'
    """
    found = [(text.lower().find(word), precision) for word, precision in _WORDS]
    return min(((at, name) for at, name in found if at >= 0), default=(0, "unknown"), key=lambda item: item[0])[1]
