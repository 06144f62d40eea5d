"""Inspect all pictures of a listing, shard by shard, on an engine."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from data_tools.dataset.config import CacheConfig
from data_tools.dataset.inspection import Row, ShardJob, inspect_shard, load_shard
from data_tools.engines.engine import Engine
from data_tools.progress import Progress
from data_tools.sources.candidates import Candidate, Listing, file_of

SHARD_PICTURES = 128


def plan_shards(listing: Listing, folder: Path, cache: CacheConfig | None) -> list[ShardJob]:
    """Cut a listing into shards of `SHARD_PICTURES`, in its order; the cut does not depend on the workers.

    Raises:
        InputError: A path starts with no root of the listing.
    """
    candidates = listing.candidates
    return [
        ShardJob(
            number=number,
            first=first,
            candidates=tuple(candidates[first : first + SHARD_PICTURES]),
            files=tuple(str(file_of(listing.roots, item.path)) for item in candidates[first : first + SHARD_PICTURES]),
            folder=str(folder),
            cache=cache,
        )
        for number, first in enumerate(range(0, len(candidates), SHARD_PICTURES))
    ]


def inspect_all(jobs: Sequence[ShardJob], engine: Engine, progress: Progress) -> None:
    """Inspect every shard that is not finished."""
    total = sum(len(job.files) for job in jobs)
    done = 0
    for pictures in engine.run(inspect_shard, jobs):
        done += pictures
        progress(done, total, "reading pictures")


def inspected_rows(jobs: Sequence[ShardJob]) -> Iterator[tuple[ShardJob, int, Candidate, Row]]:
    """Yield the shard, the position in it, the candidate and what it told, in the listing's order."""
    for job in jobs:
        for position, (candidate, row) in enumerate(zip(job.candidates, load_shard(job), strict=True)):
            yield job, position, candidate, row
