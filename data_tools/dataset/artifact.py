"""Describe a built data set."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from data_tools.artifacts.model import Artifact, FileRef, Record
from data_tools.checks.config import ChecksConfig
from data_tools.images.preprocessing import Interpolation
from data_tools.sources.candidates import file_of

FILE_NAME = "dataset.json"


class ShardRef(Record):
    """Name one shard of the cache; the index holds a checksum of each picture in it, compared on every read."""

    path: str = Field(description="relative to the artifact's folder, with forward slashes")
    size_bytes: int = Field(ge=0)


class CacheRef(Record):
    """Describe the pictures kept ready at model size: WebDataset tar shards with one uint8 array a picture."""

    height: int
    width: int
    interpolation: Interpolation
    shards: tuple[ShardRef, ...]


class DatasetArtifact(Artifact):
    """Name the pictures of a data set, what is wrong with which, and which are copies of each other.

    `records` is a CSV table with a row a usable picture (`data_tools.dataset.records`), `issues` one with a row an
    issue (`data_tools.checks.issues`), `near_duplicates` one with a row a pair (`data_tools.duplicates.pairs`),
    `cache_index` one with a row a cached picture (`data_tools.cache.index`).
    """

    kind: Literal["dataset"] = "dataset"
    schema_version: Literal[2]
    classes: tuple[str, ...] = Field(min_length=2)
    roots: dict[str, str] = Field(
        min_length=1,
        description="folder that record paths start from, relative to this artifact or absolute; keyed by the first "
        "part of the path, or by the empty name when there is one source",
    )
    source_type: str = Field(description="type of the source: synth, class_folders, manifest, drive_video, …")
    records: FileRef
    issues: FileRef
    near_duplicates: FileRef
    cache_index: FileRef | None = None
    cache: CacheRef | None = None
    records_parquet: FileRef | None = None
    checks: ChecksConfig = ChecksConfig()
    pictures: int = Field(ge=1)
    pictures_by_class: dict[str, int]
    groups: int = Field(ge=1)
    groups_by_class: dict[str, int]
    pictures_by_source: dict[str, int]
    quarantined_by_issue: dict[str, int]
    reported_by_issue: dict[str, int]
    skipped: dict[str, int] = Field(default={}, description="counted and not listed, such as frames without a label")

    def file_namer(self, artifact_folder: Path) -> Callable[[str], Path]:
        """Return a function from a record's path to its file; it raises InputError for a path below no known root."""
        roots = {name: (artifact_folder / root).resolve() for name, root in self.roots.items()}
        return partial(file_of, roots)
