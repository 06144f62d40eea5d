"""Count everything a data set card says, in one pass over the data set's tables."""

from pathlib import Path

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.card.clusters import count_clusters, named_in
from data_tools.card.model import CacheFacts, CardData, IssueFacts, SplitFacts
from data_tools.card.tally import Tally
from data_tools.checks.issues import read_issues
from data_tools.checks.label_error import LabelError
from data_tools.checks.registry import get
from data_tools.checks.summary import summarise
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import iterate_records
from data_tools.duplicates.pairs import read_near_duplicates
from data_tools.errors import CheckFailedError, InputError
from data_tools.progress import Progress, silent
from data_tools.split.artifact import SplitArtifact

SAMPLES_PER_CLASS = 15
_REPORT_EVERY = 10_000


def collect(dataset_path: Path, split_path: Path | None = None, progress: Progress = silent) -> CardData:
    """Count what a data set holds, how it was checked and how it is split.

    The records are streamed: memory grows by about 30 bytes a picture, and by the names of drives, sources and
    resolutions.

    Args:
        dataset_path: dataset.json.
        split_path: split.json made from it; None leaves the split out.
        progress: Told how many records are counted.

    Raises:
        InputError: A file is missing or malformed, or a record has a class that the data set does not have.
        CheckFailedError: A table was changed after it was written, or the split is one of another data set.
    """
    dataset, folder = load_artifact(DatasetArtifact, dataset_path), dataset_path.parent
    check_payload(dataset, folder)
    dataset_sha256 = sha256_file(dataset_path)
    split = _split(split_path, dataset_path, dataset_sha256) if split_path is not None else None
    pairs = read_near_duplicates(folder / dataset.near_duplicates.path)
    tally = Tally(dataset.classes, named_in(pairs), SAMPLES_PER_CLASS)
    known = frozenset(dataset.classes)
    records = folder / dataset.records.path
    for record in iterate_records(records):
        if record.label not in known:
            raise InputError(f"{records}: {record.path}: expected a class of {dataset.classes}, got '{record.label}'")
        tally.add(record)
        if tally.pictures % _REPORT_EVERY == 0:
            progress(tally.pictures, dataset.pictures, "counting pictures")
    if tally.pictures != dataset.pictures:
        raise CheckFailedError(
            f"{records}: has {tally.pictures} pictures, but {dataset_path.name} says {dataset.pictures}; build it again"
        )
    progress(tally.pictures, dataset.pictures, "counting pictures")
    by_class = dict.fromkeys(dataset.classes, 0) | dataset.pictures_by_class
    return CardData(
        producer=dataset.producer,
        dataset_sha256=dataset_sha256,
        source_type=dataset.source_type,
        classes=dataset.classes,
        pictures=tally.pictures,
        groups=tally.groups(),
        by_class=by_class,
        by_source=tally.counts("source"),
        by_source_label=tally.counts("source label"),
        by_format=tally.counts("format"),
        cameras=len(tally.counts("camera").keys() - {""}),
        without_camera_or_time=tally.without_camera_or_time,
        drives=tally.drives(),
        drives_of_one_picture=tally.drives_of_one_picture(),
        guessed_from=tally.guessed_from(),
        resolutions=tally.resolutions(),
        measures=tally.measures(),
        issues=_issues(dataset, folder),
        clusters=count_clusters(pairs, tally.members),
        skipped=dataset.skipped,
        cache=_cache(dataset),
        split=split,
        samples=tally.samples(),
    )


def _issues(dataset: DatasetArtifact, folder: Path) -> tuple[IssueFacts, ...]:
    """Count the findings of every registered check."""
    counts = summarise(read_issues(folder / dataset.issues.path))
    actions: dict[str, str] = {**dataset.checks.actions()}
    if not counts[LabelError.name].total:
        actions[LabelError.name] = "not run"  # a build has no model to ask
    return tuple(
        IssueFacts(
            name=name,
            title=get(name).title,
            meaning=get(name).meaning,
            action=actions[name],
            quarantined=found.quarantined,
            reported=found.reported,
        )
        for name, found in counts.items()
    )


def _cache(dataset: DatasetArtifact) -> CacheFacts | None:
    cache = dataset.cache
    if cache is None:
        return None
    return CacheFacts(
        height=cache.height,
        width=cache.width,
        interpolation=cache.interpolation,
        shards=len(cache.shards),
        size_bytes=sum(shard.size_bytes for shard in cache.shards),
    )


def _split(path: Path, dataset_path: Path, dataset_sha256: str) -> SplitFacts:
    """Load a split and see that it is one of this data set."""
    split = load_artifact(SplitArtifact, path)
    check_payload(split, path.parent)
    if dataset_sha256 not in {item.sha256 for item in split.parents if item.role == "dataset"}:
        raise CheckFailedError(f"{path}: not made from {dataset_path} as it is now; split it again")
    same = split.model_dump(include=set(SplitFacts.model_fields) & set(SplitArtifact.model_fields))
    return SplitFacts(sha256=sha256_file(path), carries_on=split.previous_sha256 is not None, **same)
