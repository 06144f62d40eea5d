"""Run the data stage: source → pictures listed, inspected, checked → dataset.json."""

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from data_tools.artifacts.atomic import remove_folder
from data_tools.artifacts.model import FileRef, file_ref, save_artifact
from data_tools.cache.index import write_index
from data_tools.checks.issues import write_issues
from data_tools.dataset.adopt import adopt_file, adopt_made
from data_tools.dataset.artifact import FILE_NAME, CacheRef, DatasetArtifact, ShardRef
from data_tools.dataset.config import DataConfig
from data_tools.dataset.examine import Examined, check_classes, examine
from data_tools.dataset.inspect_all import inspect_all, plan_shards
from data_tools.dataset.inspection import ShardJob
from data_tools.dataset.parquet import write_parquet
from data_tools.dataset.records import write_records
from data_tools.duplicates.pairs import write_near_duplicates
from data_tools.engines.engine import Engine, make_engine
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.sources.candidates import SourceContext

PICTURES_FOLDER = "pictures"
CACHE_FOLDER = "cache"


def run(
    config: DataConfig,
    out_dir: Path,
    progress: Progress = silent,
    *,
    work_dir: Path | None = None,
    engine: Engine | None = None,
) -> Path:
    """Build a data set.

    Args:
        config: Source, classes and what to look for.
        out_dir: Where dataset.json, its tables, made pictures and the cache go.
        progress: Receives the count of made and of inspected pictures.
        work_dir: Where unfinished work is kept; a build that was killed goes on from it. None keeps it inside
            `out_dir` while the build runs.
        engine: What runs the inspection; None takes this machine's cores. The result does not depend on it.

    Returns:
        The path of dataset.json, written last.

    Raises:
        InputError: The source is missing or malformed, or a class has no usable picture.
    """
    work = work_dir or out_dir / ".work"
    listing = config.source.offer(SourceContext(config.classes, config.labels, work, progress))
    jobs = plan_shards(listing, work / "shards", config.cache)
    inspect_all(jobs, engine or make_engine("local"), progress)
    found = examine(config, listing, jobs, progress)
    check_classes(found, config.classes, ", ".join(str(root) for root in listing.roots.values()))
    made = (work / PICTURES_FOLDER).resolve()
    adopt_made(listing, made, out_dir / PICTURES_FOLDER)
    roots = {name: _seen_from(out_dir, root.resolve(), made) for name, root in listing.roots.items()}
    cache = _adopt_cache(config, jobs, out_dir)
    artifact = _describe(config, found, out_dir, roots, cache).model_copy(update={"skipped": _sorted(listing.skipped)})
    if work_dir is None:
        remove_folder(work)
    return save_artifact(artifact, out_dir / FILE_NAME)


def _describe(
    config: DataConfig, found: Examined, out_dir: Path, roots: dict[str, str], cache: CacheRef | None
) -> DatasetArtifact:
    """Write the tables and describe the data set."""
    records, issues, pairs = (out_dir / f"{name}.csv" for name in ("records", "issues", "near_duplicates"))
    write_records(records, found.records)
    write_issues(issues, found.issues)
    write_near_duplicates(pairs, found.near_duplicates)
    groups = {(row.label, row.group) for row in found.records}
    return DatasetArtifact(
        schema_version=2,
        producer=PRODUCER,
        parents=(),
        classes=config.classes,
        roots=roots,
        source_type=config.source.type,
        records=file_ref(records, out_dir),
        issues=file_ref(issues, out_dir),
        near_duplicates=file_ref(pairs, out_dir),
        cache_index=_write_index(found, out_dir) if cache else None,
        cache=cache,
        records_parquet=_write_parquet(found, out_dir) if config.parquet else None,
        checks=config.checks,
        pictures=len(found.records),
        pictures_by_class=_in_order(Counter(row.label for row in found.records), config.classes),
        groups=len({group for _, group in groups}),
        groups_by_class=_in_order(Counter(label for label, _ in groups), config.classes),
        pictures_by_source=_sorted(Counter(row.source for row in found.records)),
        quarantined_by_issue=_sorted(Counter(item.issue for item in found.issues if item.action == "quarantine")),
        reported_by_issue=_sorted(Counter(item.issue for item in found.issues if item.action == "report")),
    )


def _seen_from(out_dir: Path, root: Path, made: Path) -> str:
    """Return a root relative to the artifact when it lies inside its folder, where made pictures were brought."""
    if root.is_relative_to(made):
        return (Path(PICTURES_FOLDER) / root.relative_to(made)).as_posix()
    own = out_dir.resolve()
    return os.path.relpath(root, own) if root.is_relative_to(own) else str(root)


def _adopt_cache(config: DataConfig, jobs: list[ShardJob], out_dir: Path) -> CacheRef | None:
    """Bring the shards along."""
    if config.cache is None:
        return None
    shards: list[ShardRef] = []
    for job in jobs:
        tar = job.stem.with_suffix(".tar")
        target = out_dir / CACHE_FOLDER / tar.name
        adopt_file(tar, target)
        shards.append(ShardRef(path=f"{CACHE_FOLDER}/{tar.name}", size_bytes=target.stat().st_size))
    return CacheRef(
        height=config.cache.height,
        width=config.cache.width,
        interpolation=config.cache.interpolation,
        shards=tuple(shards),
    )


def _write_index(found: Examined, out_dir: Path) -> FileRef:
    """Write where each record's samples lie."""
    path = out_dir / "cache.csv"
    write_index(path, found.cached)
    return file_ref(path, out_dir)


def _write_parquet(found: Examined, out_dir: Path) -> FileRef:
    """Write the records as Parquet too."""
    path = out_dir / "records.parquet"
    write_parquet(path, found.records)
    return file_ref(path, out_dir)


def _in_order(counts: Counter[str], classes: tuple[str, ...]) -> dict[str, int]:
    """Return counts in class order."""
    return {name: counts[name] for name in classes}


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts by name."""
    return dict(sorted(counts.items()))
