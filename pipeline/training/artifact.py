"""Describe a trained network (torch-free, so that reports and the command line can read it)."""

from typing import Literal

from pydantic import Field

from data_tools.artifacts.model import Artifact, FileRef, Record
from data_tools.images.preprocessing import PreprocessingSpec

FILE_NAME = "checkpoint.json"
NetworkName = Literal["mobilenet_v3_small", "mobilenet_v3_large"]


class NetworkSpec(Record):
    """Say which network the weights belong to."""

    name: NetworkName
    embedding_dim: int | None = Field(
        ge=2,
        description="width of the linear embedding q before the head; null = torchvision's own classifier",
    )
    num_classes: int = Field(ge=2)


class WeightsOrigin(Record):
    """Say what the training started from."""

    type: Literal["imagenet", "file", "scratch"]
    detail: str = Field(description="torchvision's weight name, the file's name, or why it is from scratch")
    sha256: str | None = Field(description="of the weight file, where there is one")


class CheckpointArtifact(Artifact):
    """Name a trained network's weights and all that is needed to use them.

    `weights` is a safetensors file with the network's state dict (and the method's buffers under `method.`);
    `history` is a CSV table with a row an epoch.
    """

    kind: Literal["checkpoint"] = "checkpoint"
    schema_version: Literal[1]
    classes: tuple[str, ...]
    network: NetworkSpec
    preprocessing: PreprocessingSpec
    method: str
    initial_weights: WeightsOrigin
    weights: FileRef
    history: FileRef
    epochs: int = Field(ge=1, description="epochs trained")
    best_epoch: int = Field(ge=0, description="0-based epoch the weights were taken from")
    selected_by: Literal["clean", "clean_and_noisy"] = Field(description="validation accuracy that chose the epoch")
    best_val_accuracy: float = Field(ge=0, le=1, description="of that epoch, on clean pictures")
    versions: dict[str, str] = Field(description="torch, torchvision, lightning, numpy, python")
