"""Describe a bundle: the one file that a device reads first."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from data_tools.artifacts.model import Artifact, FileRef, Parent, Record
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.metrics.classification import Share
from export.runtime import limits

FILE_NAME = "manifest.json"

VariantName = Literal["fp32", "fp16", "int8", "int8-trt"]
BackEnd = Literal["onnxruntime-cpu", "onnxruntime-cuda", "tensorrt"]
CentroidOrigin = Literal["head", "trained", "measured"]
KeptShare = Literal["0.95", "0.99"]
Distance = Annotated[float, Field(ge=0, allow_inf_nan=False)]

KEPT: tuple[KeptShare, ...] = ("0.95", "0.99")
DECISIVE: KeptShare = "0.99"
"""The threshold that `in_distribution` is decided by."""


class Confidence(Record):
    """Say how far the probabilities of a variant can be believed, on the test part."""

    ece: float = Field(ge=0, le=1, description="expected calibration error, 15 bins")
    nll: float = Field(ge=0, allow_inf_nan=False, description="mean negative log-likelihood, nats")
    mean_confidence: float = Field(ge=0, le=1, description="mean of the largest probability")
    confidence_change: float = Field(ge=-1, le=1, description="mean confidence, this variant minus fp32")


class VariantMetrics(Record):
    """Hold what was measured on the test part with exactly this file, in ONNX Runtime on a CPU."""

    test_pictures: int = Field(ge=1)
    accuracy: Share = Field(description="share of correct decisions with its 95 % Wilson interval")
    agreement_with_fp32: Share = Field(description="share of pictures with fp32's decision, with its interval")
    uncalibrated: Confidence = Field(description="of softmax(logits), before the temperature")
    calibrated: Confidence = Field(description="of softmax(logits / temperature), as the runtime gives it")


class Variant(Record):
    """Name one exported file of the same network."""

    name: VariantName
    file: FileRef
    precision: Literal["fp32", "fp16", "int8"]
    back_ends: tuple[BackEnd, ...] = Field(min_length=1, description="what the file is made for")
    temperature: float = Field(
        ge=limits.MIN_TEMPERATURE,
        le=limits.MAX_TEMPERATURE,
        description="the runtime's probabilities are softmax(logits / temperature)",
    )
    temperature_basis: Literal["fitted", "at_limit", "too_few_pictures", "one_class"] = Field(
        description="how the temperature came about; it is 1 where the validation part could not tell"
    )
    validation_pictures: int = Field(ge=1, description="n, behind the temperature and the thresholds")
    ood_thresholds: dict[KeptShare, Distance] = Field(
        description="distances to the nearest class centre up to which a picture counts as known, by the share of "
        "pictures like the validation part's that keep them (keys 0.95 and 0.99): the ⌈(n + 1) · share⌉th smallest of "
        "n, or the largest"
    )
    metrics: VariantMetrics
    golden_outputs: FileRef = Field(
        description="(N, 3, C) float32 .npy of the golden pictures: the graph's own logits, probabilities (without "
        "temperature) and centroid_distance"
    )
    golden_tolerance: float = Field(
        gt=0,
        le=limits.TOLERANCE,
        description="largest |Δprobability| that another CPU may show, of the graph's own and with the temperature",
    )
    golden_distance_tolerance: float = Field(
        gt=0,
        le=limits.TOLERANCE,
        description="largest |Δcentroid_distance| that another CPU may show, as a share of the largest stored one",
    )

    @field_validator("ood_thresholds")
    @classmethod
    def _both(cls, value: dict[KeptShare, float]) -> dict[KeptShare, float]:
        if set(value) != set(KEPT) or value["0.95"] > value["0.99"]:
            raise ValueError(f"expected the keys {' and '.join(KEPT)} with growing distances, got {value}")
        return value


class LeftOut(Record):
    """Name a variant that was made but is not in the bundle, and say why not."""

    name: VariantName
    reason: str


class Ancestor(Record):
    """Name what the bundle descends from, nearest first."""

    kind: str
    sha256: str
    summary: str


class BundleManifest(Artifact):
    """List a bundle's variants, golden pictures and lineage; every file is named by sha256."""

    kind: Literal["bundle"] = "bundle"
    schema_version: Literal[2]
    parents: tuple[Parent, ...] = Field(
        description="what it was made from; a parent's path is where it stood as seen from where the bundle was made, "
        "and only a hint where the bundle lies elsewhere: nothing opens it, the sha256 says which it was"
    )
    name: str
    classes: tuple[str, ...] = Field(min_length=2, description="in logit order")
    preprocessing: PreprocessingSpec
    feature_dim: int = Field(ge=1, description="d, the length of the output feature")
    centroids: CentroidOrigin = Field(
        description="whose centres centroid_distance is measured to: the nearest-centre head's own, those that the "
        "loss kept, or class means of the train part's features"
    )
    variants: tuple[Variant, ...] = Field(min_length=1)
    left_out: tuple[LeftOut, ...]
    golden_inputs: FileRef = Field(
        description="(N, H, W, 3) uint8 .npy at model size, in the graphs' colour order: it goes in as it is"
    )
    model_card: FileRef = Field(description="Markdown: what the network is for, how good it is, and its limits")
    lineage: tuple[Ancestor, ...]

    def payload(self) -> tuple[FileRef, ...]:
        """Return every file of the bundle beside the manifest."""
        return (
            self.golden_inputs,
            self.model_card,
            *(ref for item in self.variants for ref in (item.file, item.golden_outputs)),
        )
