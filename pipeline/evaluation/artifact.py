"""Describe an evaluation."""

from typing import Literal

from pydantic import Field

from data_tools.artifacts.model import Artifact, Record
from data_tools.metrics.classification import ClassificationMetrics, Share

FILE_NAME = "evaluation.json"


class NoiseMetrics(Record):
    """Hold metrics under Gaussian noise over independent runs."""

    sigma: float = Field(gt=0, description="standard deviation in grey levels (0..255)")
    runs: int = Field(ge=1)
    accuracy_by_run: tuple[float, ...]
    accuracy_mean: float
    accuracy_std: float = Field(description="sample standard deviation over the runs; 0 for one run")
    pooled: ClassificationMetrics = Field(
        description="over all runs together; its intervals treat draws as independent"
    )


class EvaluationArtifact(Artifact):
    """Hold the metrics of one checkpoint on the test part."""

    kind: Literal["evaluation"] = "evaluation"
    schema_version: Literal[1]
    classes: tuple[str, ...]
    part: Literal["train", "val", "calibration", "test"]
    clean: ClassificationMetrics
    noisy: NoiseMetrics
    clean_accuracy_by_source: dict[str, Share]
