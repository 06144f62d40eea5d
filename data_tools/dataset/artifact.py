"""Describe a built data set."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from data_tools.artifacts.model import Artifact, FileRef

FILE_NAME = "dataset.json"


class DatasetArtifact(Artifact):
    """Name the pictures of a data set, what was set aside, and why.

    `records` is a CSV table with a row a usable picture (see `data_tools.dataset.records`), `set_aside` one with
    a row a rejected file: path, reason, detail.
    """

    kind: Literal["dataset"] = "dataset"
    schema_version: Literal[1]
    classes: tuple[str, ...] = Field(min_length=2)
    root: str = Field(description="folder the record paths start from; relative to this artifact, or absolute")
    source_type: str = Field(description="synth, class_folders or manifest")
    records: FileRef
    set_aside: FileRef
    pictures: int = Field(ge=1)
    pictures_by_class: dict[str, int]
    groups: int = Field(ge=1)
    groups_by_class: dict[str, int]
    pictures_by_source: dict[str, int]
    set_aside_by_reason: dict[str, int]

    def root_folder(self, artifact_folder: Path) -> Path:
        """Return the folder that record paths start from."""
        return (artifact_folder / self.root).resolve()
