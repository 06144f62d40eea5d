"""Open every candidate picture once: keep what decodes, set the rest aside, merge exact duplicates."""

import os
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from data_tools.artifacts.hashing import sha256_bytes
from data_tools.dataset.candidates import Candidate, Listing
from data_tools.dataset.records import PictureRecord, SetAsideRecord
from data_tools.images.decode import UnreadablePictureError, decode_bytes, read_bytes
from data_tools.progress import Progress, silent


class Scan(NamedTuple):
    """Hold the usable pictures and the files set aside, both sorted by path."""

    records: list[PictureRecord]
    set_aside: list[SetAsideRecord]


def scan(listing: Listing, progress: Progress = silent) -> Scan:
    """Decode every candidate, in parallel threads, and sort out what cannot be used.

    Of files with the same bytes and label the first by path stays; files with the same bytes and different labels
    are all set aside, for no one can say which label is right.
    """
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    usable: list[PictureRecord] = []
    set_aside = list(listing.set_aside)
    total = len(listing.candidates)
    with ThreadPoolExecutor(workers) as pool:
        results = pool.map(lambda item: inspect(listing.root, item), listing.candidates)
        for done, result in enumerate(results, start=1):
            if isinstance(result, PictureRecord):
                usable.append(result)
            else:
                set_aside.append(result)
            progress(done, total, "reading pictures")
    kept, rejected = _resolve_duplicates(usable)
    return Scan(
        sorted(kept, key=lambda row: row.path), sorted([*set_aside, *rejected], key=lambda row: (row.path, row.reason))
    )


def inspect(root: Path, candidate: Candidate) -> PictureRecord | SetAsideRecord:
    """Decode one candidate and describe it, or say why it is set aside."""
    try:
        data = read_bytes(root / candidate.path)
        picture = decode_bytes(data, candidate.path)
    except UnreadablePictureError as error:
        return SetAsideRecord(path=candidate.path, reason=error.reason, detail=str(error))
    return PictureRecord(
        path=candidate.path,
        label=candidate.label,
        source=candidate.source,
        group=candidate.group,
        sha256=sha256_bytes(data),
        height_px=picture.shape[0],
        width_px=picture.shape[1],
    )


def _resolve_duplicates(records: Iterable[PictureRecord]) -> tuple[list[PictureRecord], list[SetAsideRecord]]:
    """Merge equal files with one label; set equal files with two labels aside."""
    by_hash: dict[str, list[PictureRecord]] = defaultdict(list)
    for record in sorted(records, key=lambda row: row.path):
        by_hash[record.sha256].append(record)
    kept: list[PictureRecord] = []
    rejected: list[SetAsideRecord] = []
    for same in by_hash.values():
        labels = sorted({row.label for row in same})
        if len(labels) > 1:
            detail = f"the same bytes are labelled {' and '.join(labels)}: {', '.join(row.path for row in same)}"
            rejected.extend(SetAsideRecord(path=row.path, reason="label_conflict", detail=detail) for row in same)
            continue
        kept.append(same[0])
        rejected.extend(
            SetAsideRecord(path=row.path, reason="exact_duplicate", detail=f"same bytes as {same[0].path}")
            for row in same[1:]
        )
    return kept, rejected
