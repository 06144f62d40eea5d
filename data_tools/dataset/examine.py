"""Turn what the pictures told into a data set: usable records, issues, near duplicates."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from data_tools.cache.index import CacheRow
from data_tools.checks.exact_duplicates import exact_duplicate_issues
from data_tools.checks.examine import examine_picture
from data_tools.checks.issues import IssueRecord, quarantined
from data_tools.checks.near_duplicates import near_duplicate_issues
from data_tools.checks.unusable import unusable_issue
from data_tools.dataset.config import DataConfig
from data_tools.dataset.inspect_all import inspected_rows
from data_tools.dataset.inspection import Failed, ShardJob
from data_tools.dataset.pairs import find_pairs
from data_tools.dataset.records import PictureRecord
from data_tools.duplicates.pairs import NearDuplicate
from data_tools.errors import InputError
from data_tools.progress import Progress
from data_tools.sources.candidates import Listing


class Examined(NamedTuple):
    """Hold what a build found; every list is sorted by path.

    Attributes:
        records: Usable pictures.
        issues: Of all files offered, quarantined or not.
        near_duplicates: Pairs of copies, also between a record and a quarantined copy.
        cached: Where the records' samples lie; empty without a cache.
    """

    records: list[PictureRecord]
    issues: list[IssueRecord]
    near_duplicates: list[NearDuplicate]
    cached: list[CacheRow]


def examine(config: DataConfig, listing: Listing, jobs: Sequence[ShardJob], progress: Progress) -> Examined:
    """Sort out what the inspected pictures told.

    Files that cannot be used, pictures that a check quarantines and extra copies of equal bytes become issues; what
    is left becomes the records. Near duplicates become pairs, which the split keeps together, and stay records unless
    the configuration quarantines them.
    """
    issues = [unusable_issue(item.path, item.reason, item.detail) for item in listing.set_aside]
    records: list[PictureRecord] = []
    places: dict[str, tuple[ShardJob, int, int, int]] = {}
    for job, position, candidate, row in inspected_rows(jobs):
        if isinstance(row, Failed):
            issues.append(unusable_issue(candidate.path, row.reason, row.detail))
            continue
        found = examine_picture(candidate.path, row.facts, config.checks)
        issues.extend(found)
        if not quarantined(found):
            records.append(PictureRecord(sha256=row.sha256, **candidate._asdict(), **row.facts._asdict()))
            places[candidate.path] = (job, position, row.offset, row.crc32)
    records.sort(key=lambda record: record.path)
    copies = exact_duplicate_issues(records, config.checks)
    issues.extend(copies)
    extra = quarantined(copies)
    kept = [record for record in records if record.path not in extra]
    pairs = find_pairs(config.near_duplicates, records, {path: place[:2] for path, place in places.items()}, progress)
    among_kept = [pair for pair in pairs if pair.path_a not in extra and pair.path_b not in extra]
    alike = near_duplicate_issues(among_kept, {record.path: record.label for record in kept}, config.checks)
    issues.extend(alike)
    left_out = quarantined(alike)
    kept = [record for record in kept if record.path not in left_out]
    cached: list[CacheRow] = []
    if config.cache is not None:
        for record in kept:
            job, _, offset, crc32 = places[record.path]
            cached.append(CacheRow(record.path, f"{job.stem.name}.tar", offset, crc32))
    return Examined(kept, sorted(issues), pairs, cached)


def check_classes(found: Examined, classes: tuple[str, ...], where: str) -> None:
    """Raise unless every class kept a usable picture.

    Raises:
        InputError: A class has none; the message says how many files were quarantined, and why.
    """
    usable = Counter(record.label for record in found.records)
    empty = [name for name in classes if not usable[name]]
    if empty:
        reasons = Counter(issue.issue for issue in found.issues if issue.action == "quarantine")
        listed = ", ".join(f"{name}: {count}" for name, count in sorted(reasons.items())) or "none"
        raise InputError(f"{where}: no usable picture of {', '.join(empty)} (quarantined files: {listed})")
