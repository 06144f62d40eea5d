"""Name every kind of source that is not made of others."""

from typing import Annotated

from pydantic import Field

from data_tools.sources.archive import ArchiveSource
from data_tools.sources.class_folders import ClassFoldersSource
from data_tools.sources.drive_video import DriveVideoSource
from data_tools.sources.manifest import ManifestSource
from data_tools.sources.roadsaw import RoadsawSource
from data_tools.sources.rscd import RscdSource
from data_tools.sources.synthetic import SynthSource

SingleSource = Annotated[
    SynthSource | ClassFoldersSource | ManifestSource | ArchiveSource | DriveVideoSource | RscdSource | RoadsawSource,
    Field(discriminator="type"),
]
