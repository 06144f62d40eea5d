"""Run the data stage: source → pictures listed, checked and counted → dataset.json."""

import os
from collections import Counter
from pathlib import Path

from data_tools.artifacts.model import file_ref, save_artifact
from data_tools.dataset.artifact import FILE_NAME, DatasetArtifact
from data_tools.dataset.candidates import Listing
from data_tools.dataset.class_folders import list_class_folders
from data_tools.dataset.config import ClassFoldersSource, DataConfig, ManifestSource
from data_tools.dataset.manifest_table import list_manifest
from data_tools.dataset.records import write_records, write_set_aside
from data_tools.dataset.scan import Scan, scan
from data_tools.errors import InputError
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.synth.campaign import write_campaign

PICTURES_FOLDER = "pictures"


def run(config: DataConfig, out_dir: Path, progress: Progress = silent) -> Path:
    """Build a data set.

    Args:
        config: Source and classes.
        out_dir: Where dataset.json and its tables go; synthetic pictures go to `pictures/` below it.
        progress: Receives the count of rendered and of read pictures.

    Returns:
        The path of dataset.json.

    Raises:
        InputError: The source is missing or malformed, or a class has no usable picture.
    """
    listing = offer(config, out_dir, progress)
    result = scan(listing, progress)
    check_classes(result, config.classes, listing.root)
    records, set_aside = out_dir / "records.csv", out_dir / "set_aside.csv"
    write_records(records, result.records)
    write_set_aside(set_aside, result.set_aside)
    groups = {(row.label, row.group) for row in result.records}
    artifact = DatasetArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=(),
        classes=config.classes,
        root=_root(listing.root, out_dir),
        source_type=config.source.type,
        records=file_ref(records, out_dir),
        set_aside=file_ref(set_aside, out_dir),
        pictures=len(result.records),
        pictures_by_class=_in_order(Counter(row.label for row in result.records), config.classes),
        groups=len({group for _, group in groups}),
        groups_by_class=_in_order(Counter(label for label, _ in groups), config.classes),
        pictures_by_source=dict(sorted(Counter(row.source for row in result.records).items())),
        set_aside_by_reason=dict(sorted(Counter(row.reason for row in result.set_aside).items())),
    )
    return save_artifact(artifact, out_dir / FILE_NAME)


def offer(config: DataConfig, out_dir: Path, progress: Progress = silent) -> Listing:
    """List a source's candidates; a synthetic source is rendered to `out_dir/pictures` first.

    Raises:
        InputError: The source is missing or malformed.
    """
    source = config.source
    if isinstance(source, ManifestSource):
        return list_manifest(source.path, config.classes)
    if isinstance(source, ClassFoldersSource):
        return list_class_folders(source.path, config.classes)
    manifest = write_campaign(
        source.drives, out_dir / PICTURES_FOLDER, lambda done, total: progress(done, total, "rendering drives")
    )
    return list_manifest(manifest, config.classes)


def check_classes(result: Scan, classes: tuple[str, ...], root: Path) -> None:
    """Raise unless every class kept a usable picture.

    Raises:
        InputError: A class has none; the message says how many were set aside.
    """
    usable = Counter(row.label for row in result.records)
    empty = [name for name in classes if not usable[name]]
    if empty:
        reasons = ", ".join(
            f"{reason}: {n}" for reason, n in sorted(Counter(r.reason for r in result.set_aside).items())
        )
        raise InputError(
            f"{root}: no usable picture of {', '.join(empty)} ({len(result.set_aside)} files set aside; {reasons})"
        )


def _root(root: Path, out_dir: Path) -> str:
    """Return the root relative to the artifact when it lies inside its folder, else absolute."""
    root, out_dir = root.resolve(), out_dir.resolve()
    return os.path.relpath(root, out_dir) if root.is_relative_to(out_dir) else str(root)


def _in_order(counts: Counter[str], classes: tuple[str, ...]) -> dict[str, int]:
    """Return counts in class order."""
    return {name: counts[name] for name in classes}
