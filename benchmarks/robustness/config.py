"""Configure the robustness measurement."""

from typing import Annotated

from pydantic import Field, field_validator

from data_tools.artifacts.model import Record
from data_tools.perturbations import get
from data_tools.split.artifact import Part

Severity = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class PerturbationGrid(Record):
    """Name a perturbation and the severities it is applied at."""

    name: str = Field(description="a registered perturbation")
    severities: tuple[Severity, ...] = Field(min_length=1, description="in the perturbation's own unit")

    @field_validator("name")
    @classmethod
    def _registered(cls, value: str) -> str:
        get(value)
        return value

    @field_validator("severities")
    @classmethod
    def _distinct(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(value)) != len(value):
            raise ValueError("expected distinct severities")
        return value


class RobustnessConfig(Record):
    """Say which pictures are disturbed how, and how often."""

    part: Part = Field(default="test", description="part of the split")
    runs: int = Field(default=5, ge=1, description="independent repetitions of every perturbation")
    batch_size: int = Field(default=32, ge=1, description="pictures a run of the network")
    threads: int | None = Field(default=None, ge=1, description="threads of ONNX Runtime; null = all cores")
    perturbations: tuple[PerturbationGrid, ...] = Field(
        default=(
            PerturbationGrid(name="gaussian_noise", severities=(10, 30, 40, 60)),
            PerturbationGrid(name="occlusion", severities=(5, 10, 20)),
        ),
        description="empty = the clean pictures only",
    )
    variants: tuple[str, ...] = Field(default=(), description="names in the bundle; empty = all")
    limit: int | None = Field(
        default=None, ge=1, description="largest number of pictures, dealt evenly over the classes; null = all"
    )

    @field_validator("perturbations")
    @classmethod
    def _distinct_names(cls, value: tuple[PerturbationGrid, ...]) -> tuple[PerturbationGrid, ...]:
        if len({grid.name for grid in value}) != len(value):
            raise ValueError("expected each perturbation once, with all its severities")
        return value

    @field_validator("variants")
    @classmethod
    def _distinct_variants(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("expected distinct variant names")
        return value
