"""Describe a robustness measurement."""

from typing import Literal

from pydantic import Field

from benchmarks.host import Host
from data_tools.artifacts.model import Artifact, Record

FILE_NAME = "robustness.json"


class RobustnessRow(Record):
    """Hold the accuracy of one variant under one perturbation at one severity."""

    variant: str
    perturbation: str
    severity: float = Field(ge=0, description="in the perturbation's own unit; 0 = clean")
    accuracy_by_run: tuple[float, ...] = Field(min_length=1)
    accuracy_mean: float
    accuracy_std: float = Field(description="sample standard deviation over runs; 0 for one run")
    low: float = Field(description="95 % Wilson bound of the mean, with the number of pictures as trials")
    high: float


class RobustnessReport(Artifact):
    """Hold accuracy by variant, perturbation and severity on one part of a split."""

    kind: Literal["robustness"] = "robustness"
    schema_version: Literal[1]
    bundle: str
    host: Host
    part: str
    pictures: int = Field(ge=1)
    runs: int = Field(ge=1)
    rows: tuple[RobustnessRow, ...]
