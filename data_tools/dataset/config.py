"""Configure the data stage."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from data_tools.synth.config import SynthConfig


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SynthSource(_Strict):
    """Render synthetic drives."""

    type: Literal["synth"]
    drives: SynthConfig = SynthConfig()


class ClassFoldersSource(_Strict):
    """Read `PATH/<class>/...`; a sub-folder below the class is the group, a picture without one is its own group."""

    type: Literal["class_folders"]
    path: Path = Field(description="folder with a sub-folder for each class")


class ManifestSource(_Strict):
    """Read a CSV table with the columns path, label, source, group; paths start from the table's folder."""

    type: Literal["manifest"]
    path: Path = Field(description="the table, or a folder that holds manifest.csv")


Source = Annotated[SynthSource | ClassFoldersSource | ManifestSource, Field(discriminator="type")]


class DataConfig(_Strict):
    """Say where the pictures come from and which classes there are."""

    source: Source
    classes: tuple[str, ...] = Field(
        default=("dry", "wet", "snow"), min_length=2, description="class names in logit order"
    )

    @field_validator("classes")
    @classmethod
    def _distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value) or "" in value:
            raise ValueError("expected distinct, non-empty class names")
        return value
