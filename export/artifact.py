"""Describe exported graphs (free of torch and onnx, so that a device can read them)."""

from typing import Literal

from pydantic import Field

from data_tools.artifacts.model import Artifact, FileRef, Record
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.metrics.classification import ClassificationMetrics
from export.config import BudgetConfig
from export.quantize.recipe import Recipe, Target

ONNX_FILE_NAME = "onnx.json"
QUANTIZED_FILE_NAME = "quantized.json"


class Parity(Record):
    """Compare two back ends on the same pictures."""

    pictures: int = Field(ge=1)
    part: str
    max_abs_logit_difference: float = Field(ge=0)
    argmax_equal: int = Field(ge=0, description="pictures with the same predicted class")
    tolerance: float = Field(gt=0, description="largest |Δlogit| allowed")


class Degradation(Record):
    """Compare a variant with its fp32 parent on the same pictures."""

    pictures: int = Field(ge=1)
    part: str
    accuracy_fp32: float
    accuracy: float
    accuracy_drop: float = Field(description="fp32 minus the variant, as a share; positive = the variant is worse")
    agreement: float = Field(ge=0, le=1, description="share of pictures with the same predicted class")
    confidence_change: float = Field(description="mean of max probability, the variant minus fp32")
    ece_change: float = Field(description="expected calibration error, the variant minus fp32")
    mean_abs_probability_change: float = Field(ge=0)
    divergence: float = Field(
        ge=0, description="mean Kullback-Leibler divergence of the probabilities from fp32's, nats"
    )


class HalfGraph(Record):
    """Name the float16 graph, and say how it compares with fp32 in ONNX Runtime on a CPU."""

    graph: FileRef
    degradation: Degradation
    metrics: ClassificationMetrics


class OnnxArtifact(Artifact):
    """Name the float graphs exported from a checkpoint."""

    kind: Literal["onnx"] = "onnx"
    schema_version: Literal[2]
    classes: tuple[str, ...]
    preprocessing: PreprocessingSpec = Field(description="what the graphs take; the colour order may differ from RGB")
    graph: FileRef
    half: HalfGraph | None = Field(description="null when it was not asked for")
    opset: int
    operators: dict[str, int] = Field(description="nodes of the fp32 graph by operator")
    feature_dim: int = Field(ge=1)
    centroids: Literal["head", "trained", "measured"] = Field(
        description="the nearest-centre head's own, those the loss kept, or class means of the train part's features"
    )
    parity: Parity
    metrics: ClassificationMetrics = Field(description="of the fp32 graph, on the test part, by ONNX Runtime")

    def payload(self) -> tuple[FileRef, ...]:
        """Return both graphs."""
        return (self.graph,) if self.half is None else (self.graph, self.half.graph)


class QuantizedGraph(Record):
    """Name one quantised graph, how it was made and what it lost."""

    name: Target
    graph: FileRef
    recipe: Recipe
    reason: str = Field(description="why this recipe")
    recipes_tried: int = Field(ge=1)
    nodes_left_in_float: tuple[str, ...] = Field(description="weighted layers, squeeze-and-excite and other nodes")
    chosen_on: Degradation = Field(description="on the pictures that the search saw: calibration and validation part")
    degradation: Degradation = Field(description="on the test part, which the search did not see")
    breaches_on_choice: tuple[str, ...] = Field(description="what of the budget is missed where it was chosen")
    breaches_on_test: tuple[str, ...] = Field(description="what of the budget is missed on the test part")
    metrics: ClassificationMetrics = Field(description="of this file, on the test part, by ONNX Runtime")


class QuantizedArtifact(Artifact):
    """Name the int8 graphs quantised from an fp32 graph.

    `recipes` is a CSV table with a row for each recipe that was tried; `sensitivity` one with a row for each layer,
    where layers had to be ranked.
    """

    kind: Literal["quantized"] = "quantized"
    schema_version: Literal[2]
    classes: tuple[str, ...]
    preprocessing: PreprocessingSpec
    graphs: tuple[QuantizedGraph, ...]
    budget: BudgetConfig
    recipes: FileRef
    sensitivity: FileRef | None
    calibration_pictures: int = Field(ge=1)
    validation_pictures: int = Field(ge=0)

    def payload(self) -> tuple[FileRef, ...]:
        """Return the graphs and the tables."""
        tables = (self.recipes,) if self.sensitivity is None else (self.recipes, self.sensitivity)
        return (*(item.graph for item in self.graphs), *tables)

    def find(self, name: Target) -> QuantizedGraph | None:
        """Return the graph for a target, or None."""
        return next((item for item in self.graphs if item.name == name), None)
