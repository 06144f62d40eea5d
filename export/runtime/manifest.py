"""Describe a bundle: the one file that a device reads first."""

from typing import Literal

from pydantic import Field

from data_tools.artifacts.model import Artifact, FileRef, Record
from data_tools.images.preprocessing import PreprocessingSpec

FILE_NAME = "manifest.json"


class VariantMetrics(Record):
    """Hold what was measured on the test part with exactly this file."""

    test_pictures: int = Field(ge=1)
    accuracy: float = Field(ge=0, le=1)
    ece: float = Field(ge=0, le=1)
    mean_confidence: float = Field(ge=0, le=1)
    agreement_with_fp32: float = Field(ge=0, le=1)


class Variant(Record):
    """Name one exported file of the same network."""

    name: str
    file: FileRef
    precision: Literal["fp32", "fp16", "int8"]
    metrics: VariantMetrics
    golden_outputs: FileRef = Field(
        description="(N, 2, C) float32 .npy: logits and probabilities of the golden pictures"
    )
    golden_tolerance: float = Field(gt=0, description="largest |Δprobability| that another CPU may show")


class Ancestor(Record):
    """Name an artifact that the bundle descends from, nearest first."""

    kind: str
    sha256: str
    summary: str


class BundleManifest(Artifact):
    """List a bundle's variants, golden pictures and lineage; every file is named by sha256."""

    kind: Literal["bundle"] = "bundle"
    schema_version: Literal[1]
    name: str
    classes: tuple[str, ...] = Field(min_length=2, description="in logit order")
    preprocessing: PreprocessingSpec
    variants: tuple[Variant, ...] = Field(min_length=1)
    golden_inputs: FileRef = Field(description="(N, H, W, 3) uint8 RGB .npy at model size")
    lineage: tuple[Ancestor, ...]

    def payload(self) -> tuple[FileRef, ...]:
        """Return every file of the bundle beside the manifest."""
        return (
            self.golden_inputs,
            *(ref for item in self.variants for ref in (item.file, item.golden_outputs)),
        )
