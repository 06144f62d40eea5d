"""Describe a built engine: the JSON file beside the plan."""

from typing import Literal

from pydantic import Field

from data_tools.artifacts.hashing import sha256_json
from data_tools.artifacts.model import SHA256_PATTERN, Artifact, FileRef, Record
from export.engine.layers import LayerCount
from export.engine.machine import Machine
from export.engine.options import EngineOptions
from export.runtime.verify import VariantCheck

_UNSEALED = "0" * 64


class RepeatCheck(Record):
    """Compare a further build, which timed every kernel anew, with the engine that is kept."""

    same_bytes: bool = Field(description="the two plans are equal byte by byte")
    pictures: int = Field(ge=1)
    max_abs_probability_difference: float = Field(ge=0)
    argmax_equal: int = Field(ge=0)
    tolerance: float = Field(gt=0)
    passed: bool


class EngineArtifact(Artifact):
    """Name a plan and everything that it depends on."""

    kind: Literal["engine"] = "engine"
    schema_version: Literal[1]
    variant: str
    plan: FileRef
    build_log: FileRef
    layers: FileRef = Field(description="the engine inspector's JSON")
    graph_sha256: str = Field(pattern=SHA256_PATTERN, description="of the ONNX file that was built")
    opset: int = Field(ge=1, description="the graph's ONNX operator set")
    graph_checked: bool = Field(description="the static check ran before the build; it needs onnx")
    machine: Machine
    options: EngineOptions
    precision: tuple[LayerCount, ...]
    golden: VariantCheck
    repeats: tuple[RepeatCheck, ...]
    seal: str = Field(default=_UNSEALED, pattern=SHA256_PATTERN, description="sha256 of all the other keys")

    def sealed(self) -> "EngineArtifact":
        """Return the same with its seal."""
        return self.model_copy(update={"seal": self._digest()})

    def seal_holds(self) -> bool:
        """Tell whether the file is as it was written."""
        return self.seal == self._digest()

    def _digest(self) -> str:
        """Return the sha256 of every key but the seal."""
        return sha256_json(self.model_dump(mode="json", exclude={"seal"}))


def plan_name(variant: str) -> str:
    """Return the plan's file name."""
    return f"model.{variant}.plan"


def sidecar_name(variant: str) -> str:
    """Return the name of the JSON file beside the plan."""
    return f"{plan_name(variant)}.json"
