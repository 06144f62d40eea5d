"""Describe what a comparison measured (torch-free)."""

from typing import Literal

from pydantic import Field, model_validator

from data_tools.artifacts.model import SHA256_PATTERN, Artifact, Record

MEASURED_NAME = "accuracy_under_noise.json"


class NoiseLevel(Record):
    """Hold what one network got right at one noise level."""

    sigma: float = Field(ge=0, le=255, description="standard deviation in grey levels; 0 = clean")
    accuracy_by_run: tuple[float, ...] = Field(min_length=1, description="one for clean pictures")
    correct: tuple[int, ...] = Field(min_length=1, description="by picture, in how many runs it was classified rightly")
    confusion: tuple[tuple[int, ...], ...] = Field(
        description="over all runs; row = true class, column = predicted, class order"
    )
    recall: dict[str, float | None] = Field(description="by class over all runs; null for a class without pictures")

    @model_validator(mode="after")
    def _consistent(self) -> "NoiseLevel":
        if max(self.correct) > len(self.accuracy_by_run) or min(self.correct) < 0:
            raise ValueError(f"correct: expected 0..{len(self.accuracy_by_run)} runs for every picture")
        total = sum(self.accuracy_by_run) * len(self.correct)
        if abs(sum(self.correct) - total) > 1e-6 * max(1.0, total):
            raise ValueError(f"correct: expected a sum of {total:g} as accuracy_by_run has, got {sum(self.correct)}")
        return self


class MeasuredNetwork(Artifact):
    """Hold one network's results at every noise level; its pictures are the split's part, in order."""

    kind: Literal["measured_network"] = "measured_network"
    schema_version: Literal[1]
    fingerprint: str = Field(pattern=SHA256_PATTERN, description="of the weights, the pictures, the noise and the code")
    classes: tuple[str, ...]
    part: Literal["val", "test"]
    levels: tuple[NoiseLevel, ...]


class Point(Record):
    """Hold one cell of the table: an entry at a noise level."""

    sigma: float = Field(ge=0, le=255)
    accuracy_by_seed: tuple[tuple[float, ...], ...] = Field(description="row = seed, column = noise run")
    mean: float = Field(ge=0, le=1, description="over seeds and runs")
    std: float | None = Field(ge=0, description="see the entry's std_over; null for a single number")
    recall: dict[str, float | None] = Field(description="by class, mean over the seeds")


class Pixels(Record):
    """Say what decides a picture's pixels at model size; the noise is drawn on them."""

    height: int = Field(ge=1)
    width: int = Field(ge=1)
    interpolation: str


class ComparedEntry(Record):
    """Hold one row of the table."""

    name: str
    method: str
    input: Pixels
    changes: dict[str, object] = Field(description="what it changes in the train section")
    seeds: tuple[int, ...] = Field(min_length=1, description="the seeds that were trained and measured")
    epochs: tuple[int, ...] = Field(description="trained, by seed")
    training_seconds: tuple[float, ...] = Field(description="in finished epochs, validation included, by seed")
    std_over: Literal["runs", "seeds"] = Field(
        description="sample standard deviation over the noise runs of one seed, or over the seeds' run means"
    )
    points: tuple[Point, ...]


class Difference(Record):
    """Say how much better an entry is than another on the same pictures, with the same noise and seeds."""

    sigma: float = Field(ge=0, le=255)
    entry: str
    other: str
    seeds: tuple[int, ...] = Field(min_length=1, description="seeds that both have")
    points: float = Field(ge=-100, le=100, description="accuracy of entry minus that of other, percentage points")
    low: float | None = Field(description="95 % bootstrap interval over groups of pictures; null below 10 groups")
    high: float | None


class ComparisonArtifact(Artifact):
    """Hold a whole comparison; its parents are the split and every checkpoint."""

    kind: Literal["comparison"] = "comparison"
    schema_version: Literal[1]
    classes: tuple[str, ...]
    part: Literal["val", "test"]
    pictures: int = Field(ge=1)
    groups: int = Field(ge=1, description="drives; the bootstrap draws these, and so keeps a drive's pictures together")
    sigmas: tuple[float, ...]
    runs: int = Field(ge=1)
    reference: str
    resamples: int = Field(ge=1, description="of the bootstrap")
    entries: tuple[ComparedEntry, ...] = Field(min_length=1)
    differences: tuple[Difference, ...] = Field(
        description="of every pair, once; those to the reference have it as other"
    )
