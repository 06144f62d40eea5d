"""Guess from a path what kind of source it is."""

from pathlib import Path

from data_tools.errors import InputError
from data_tools.sources.archive import SUFFIXES as ARCHIVE_SUFFIXES
from data_tools.sources.archive import ArchiveSource
from data_tools.sources.class_folders import ClassFoldersSource
from data_tools.sources.drive_video import DriveVideoSource
from data_tools.sources.layouts import guess_layout
from data_tools.sources.manifest import ManifestSource
from data_tools.sources.roadsaw import RoadsawSource
from data_tools.sources.rscd import RscdSource
from data_tools.sources.single import SingleSource
from data_tools.sources.video_drives import SUFFIXES as VIDEO_SUFFIXES
from data_tools.sources.walk import visible

_TABLE_SUFFIXES = (".csv", ".parquet")


def guess_source(path: Path) -> SingleSource:
    """Return the source that a path on the command line means.

    A table is a manifest, a zip or tar file an archive, a video a drive. A folder is, in this order: what
    `guess_layout` sees if it is not class folders; videos, if one lies directly in it; class
    folders.

    Raises:
        InputError: The path does not exist, or is a file of no known kind.
    """
    if not path.exists():
        raise InputError(f"{path}: expected a folder, a table, an archive or a video; it does not exist")
    if path.is_dir():
        return _guess_folder(path)
    name = path.name.lower()
    if name.endswith(_TABLE_SUFFIXES):
        return ManifestSource(type="manifest", path=path)
    if name.endswith(ARCHIVE_SUFFIXES):
        return ArchiveSource(type="archive", path=path)
    if name.endswith(VIDEO_SUFFIXES):
        return DriveVideoSource(type="drive_video", path=path)
    known = ", ".join((*_TABLE_SUFFIXES, *ARCHIVE_SUFFIXES, *VIDEO_SUFFIXES))
    raise InputError(f"{path}: expected a folder or one of {known}, got '{path.suffix or path.name}'")


def _guess_folder(path: Path) -> SingleSource:
    """Guess from what a folder holds."""
    layout = guess_layout(path)
    if layout == "manifest":
        return ManifestSource(type="manifest", path=path)
    if layout == "rscd":
        return RscdSource(type="rscd", path=path)
    if layout == "roadsaw":
        return RoadsawSource(type="roadsaw", path=path)
    if any(item.suffix.lower() in VIDEO_SUFFIXES and visible(item.name) for item in path.iterdir()):
        return DriveVideoSource(type="drive_video", path=path)
    return ClassFoldersSource(type="class_folders", path=path)
