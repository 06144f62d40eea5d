"""Describe a trained network (torch-free, so that reports and the command line can read it)."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue

from data_tools.artifacts.model import Artifact, FileRef, Record
from data_tools.images.preprocessing import PreprocessingSpec

FILE_NAME = "checkpoint.json"
TorchvisionName = Literal["mobilenet_v3_small", "mobilenet_v3_large"]
OWN_NAMES = ("mobilenet_v3_small", "mobilenet_v3_large", "resnet18_32")


def _known(name: str) -> str:
    """Return a network's name, if it can be one.

    Raises:
        ValueError: It is neither one of ours nor timm/NAME.
    """
    if name not in OWN_NAMES and not re.fullmatch(r"timm/[A-Za-z0-9_.]+", name):
        raise ValueError(f"expected {', '.join(OWN_NAMES)} or timm/NAME, got {name!r}")
    return name


NetworkName = Annotated[str, AfterValidator(_known)]
"""torchvision's name, resnet18_32 (ResNet-18 for 32×32 pictures, the paper's appendix H.1), or timm/NAME."""


class NetworkSpec(Record):
    """Say which network the weights belong to."""

    name: NetworkName
    embedding_dim: int | None = Field(
        ge=2,
        description="width of the linear embedding q before the head; null = the network's own classifier",
    )
    num_classes: int = Field(ge=2)
    head: Literal["linear", "nearest_center"] = Field(description="z = Wq + b, or z = −‖q − μ‖²")


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
    schema_version: Literal[2]
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
    batch_norm: Literal["shared", "clean", "mixture", "separate", "frozen"] = Field(
        description="whose batch-norm statistics the weights carry (docs/training.md)"
    )
    batch_norm_scores: dict[str, float] = Field(
        description="validation score of every candidate where the policy was auto; else empty"
    )
    settings: dict[str, JsonValue] = Field(
        description="the training's configuration, every key, without the path of the weights"
    )
    best_val_accuracy: float = Field(ge=0, le=1, description="of that epoch, on clean pictures")
    versions: dict[str, str] = Field(description="of the libraries that decide the weights")
