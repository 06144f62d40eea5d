"""Run the split stage: dataset.json → every group in exactly one part → split.json."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from data_tools.artifacts.atomic import write_text
from data_tools.artifacts.model import check_payload, file_ref, load_artifact, parent, save_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import PictureRecord, read_records
from data_tools.errors import CheckFailedError, InputError
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.split.artifact import FILE_NAME, PARTS, SplitArtifact
from data_tools.split.config import SplitConfig
from data_tools.split.deal import deal


def run(config: SplitConfig, dataset_path: Path, out_dir: Path, progress: Progress = silent) -> Path:
    """Split a data set by group.

    Args:
        config: Shares, seed and protocol.
        dataset_path: dataset.json.
        out_dir: Where split.json and its table go.
        progress: Told once, when the groups are dealt.

    Returns:
        The path of split.json.

    Raises:
        InputError: A class has too few groups, or a source pattern matches nothing, everything or half a group.
        CheckFailedError: The data set's tables were changed, or the leak audit found a group in two parts.
    """
    dataset = load_artifact(DatasetArtifact, dataset_path)
    check_payload(dataset, dataset_path.parent)
    records = read_records(dataset_path.parent / dataset.records.path)
    part_of_group = assign(config, records, dataset.classes)
    progress(1, 1, "dealing groups to parts")
    rows = [(row.path, part_of_group[row.group]) for row in records]
    leaks = audit(records, dict(rows))
    if leaks:
        raise CheckFailedError(f"{out_dir}: the split has {len(leaks)} group(s) in two parts, such as '{leaks[0]}'")
    table = out_dir / "assignment.csv"
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["path", "part"])
    writer.writerows(rows)
    write_text(table, stream.getvalue())
    by_part = Counter((part_of_group[row.group], row.label) for row in records)
    artifact = SplitArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=(parent("dataset", dataset_path, out_dir),),
        classes=dataset.classes,
        seed=config.seed,
        protocol="by_source" if config.test_sources else "random",
        assignment=file_ref(table, out_dir),
        pictures={part: {name: by_part[part, name] for name in dataset.classes} for part in PARTS},
        groups={part: sum(1 for value in part_of_group.values() if value == part) for part in PARTS},
        groups_in_two_parts=len(leaks),
    )
    return save_artifact(artifact, out_dir / FILE_NAME)


def assign(config: SplitConfig, records: Sequence[PictureRecord], classes: tuple[str, ...]) -> dict[str, str]:
    """Return the part of every group.

    Raises:
        InputError: See `run`.
    """
    shares: dict[str, float] = {part: float(getattr(config.fractions, part)) for part in PARTS}
    held_out = _groups_of_sources(config.test_sources, records)
    if config.test_sources:
        shares = {part: share / (1 - shares["test"]) for part, share in shares.items() if part != "test"}
    index = {name: position for position, name in enumerate(classes)}
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * len(classes))
    for row in records:
        if row.group not in held_out:
            counts[row.group][index[row.label]] += 1
    return {**deal(counts, shares, classes, config.seed), **dict.fromkeys(held_out, "test")}


def audit(records: Sequence[PictureRecord], part_of_path: dict[str, str]) -> list[str]:
    """Return the groups that appear in more than one part, sorted; computed from the table, not from the plan."""
    parts: dict[str, set[str]] = defaultdict(set)
    for row in records:
        parts[row.group].add(part_of_path[row.path])
    return sorted(group for group, found in parts.items() if len(found) > 1)


def _groups_of_sources(patterns: tuple[str, ...], records: Sequence[PictureRecord]) -> set[str]:
    """Return the groups whose source matches a pattern."""
    sources = sorted({row.source for row in records})
    for pattern in patterns:
        if not any(fnmatchcase(source, pattern) for source in sources):
            raise InputError(f"split.test_sources: '{pattern}' matches no source; there are: {', '.join(sources)}")
    matched = {source for source in sources if any(fnmatchcase(source, pattern) for pattern in patterns)}
    if matched and matched == set(sources):
        raise InputError(
            f"split.test_sources: every source ({', '.join(sources)}) is a test source; none is left to train"
        )
    inside = {row.group for row in records if row.source in matched}
    astride = sorted(inside & {row.group for row in records if row.source not in matched})
    if astride:
        raise InputError(f"split.test_sources: the group '{astride[0]}' has pictures of test and of other sources")
    return inside
