"""Describe exported graphs (free of torch and onnx, so that a device can read them)."""

from typing import Literal

from pydantic import Field

from data_tools.artifacts.model import Artifact, FileRef, Record
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.metrics.classification import ClassificationMetrics

FP32_FILE_NAME = "onnx.json"
INT8_FILE_NAME = "int8.json"


class Parity(Record):
    """Compare two back ends on the same pictures."""

    pictures: int = Field(ge=1)
    part: str
    max_abs_logit_difference: float = Field(ge=0)
    argmax_equal: int = Field(ge=0, description="pictures with the same predicted class")
    tolerance: float = Field(gt=0, description="largest |Δlogit| allowed")


class OnnxArtifact(Artifact):
    """Name the fp32 graph exported from a checkpoint."""

    kind: Literal["onnx"] = "onnx"
    schema_version: Literal[1]
    classes: tuple[str, ...]
    preprocessing: PreprocessingSpec
    graph: FileRef
    opset: int
    parity: Parity
    metrics: ClassificationMetrics = Field(description="of this file, on the test part, by ONNX Runtime")


class Degradation(Record):
    """Compare a quantised graph with its fp32 parent on the same pictures."""

    pictures: int = Field(ge=1)
    part: str
    accuracy_fp32: float
    accuracy_int8: float
    accuracy_drop: float = Field(description="fp32 minus int8, as a share; positive = int8 is worse")
    agreement: float = Field(ge=0, le=1, description="share of pictures with the same predicted class")
    confidence_change: float = Field(description="mean of max probability, int8 minus fp32")
    mean_abs_probability_change: float = Field(ge=0)


class QuantizedArtifact(Artifact):
    """Name the int8 graph quantised from an fp32 graph."""

    kind: Literal["quantized"] = "quantized"
    schema_version: Literal[1]
    classes: tuple[str, ...]
    preprocessing: PreprocessingSpec
    graph: FileRef
    recipe: dict[str, str | int | float | bool]
    calibration_pictures: int = Field(ge=1)
    nodes_left_in_float: tuple[str, ...]
    degradation: Degradation
    metrics: ClassificationMetrics = Field(description="of this file, on the test part, by ONNX Runtime")
