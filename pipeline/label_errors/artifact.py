"""Describe a search for label errors (free of torch and cleanlab, so that reports and the command line can read it)."""

from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from data_tools.artifacts.model import Artifact, FileRef, check_payload, load_artifact
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.metrics.classification import Share
from pipeline.label_errors.config import FilterBy, RankBy
from pipeline.label_errors.suspects import Suspect, read_suspects
from pipeline.training.artifact import NetworkName, WeightsOrigin

FILE_NAME = "label_errors.json"


class LabelErrorArtifact(Artifact):
    """Name the doubted labels of a data set, and how they were found; the data set itself stays as it is.

    `suspects` is a CSV table with a row a doubted label, the worst first (`pipeline.label_errors.suspects`).
    """

    kind: Literal["label_errors"] = "label_errors"
    schema_version: Literal[1]
    classes: tuple[str, ...]
    pictures: int = Field(ge=1, description="looked at")
    groups: int = Field(ge=1, description="after groups with near-duplicates of each other were joined")
    suspected: int = Field(ge=0)
    suspected_by_class: dict[str, dict[str, int]] = Field(description="given class → suggested class → pictures")
    suspects: FileRef
    network: NetworkName
    weights: WeightsOrigin
    preprocessing: PreprocessingSpec
    feature_dim: int = Field(ge=1)
    folds: int = Field(ge=2)
    seed: int
    log_loss_by_inverse_regularization: dict[str, float] = Field(description="out of fold, nats, by candidate C")
    inverse_regularization: float = Field(gt=0, description="the chosen C")
    filter_by: FilterBy
    rank_by: RankBy
    thresholds: dict[str, float] = Field(description="mean probability of a class over the pictures labelled so")
    accuracy: Share = Field(description="out-of-fold predictions that agree with the given label")
    largest_class: float = Field(ge=0, le=1, description="share of the largest class: what blind guessing agrees with")
    versions: dict[str, str] = Field(description="torch, torchvision, scikit-learn, cleanlab, numpy")


class OpenLabelErrors(NamedTuple):
    """Hold a search's description and its table."""

    artifact: LabelErrorArtifact
    suspects: list[Suspect]


def open_label_errors(path: Path) -> OpenLabelErrors:
    """Load a search for label errors and its table.

    Args:
        path: The JSON file.

    Raises:
        InputError: A file is missing or malformed.
        CheckFailedError: The table was changed after it was written.
    """
    artifact = load_artifact(LabelErrorArtifact, path)
    check_payload(artifact, path.parent)
    return OpenLabelErrors(artifact, read_suspects(path.parent / artifact.suspects.path))
