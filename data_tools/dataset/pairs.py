"""Find the near duplicates among the pictures of a build, from the thumbnails that inspection left."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from data_tools.dataset.config import NearDuplicateConfig
from data_tools.dataset.inspection import ShardJob
from data_tools.dataset.records import PictureRecord
from data_tools.duplicates.crops import THUMBNAIL_PX
from data_tools.duplicates.find import find_near_duplicates
from data_tools.duplicates.pairs import NearDuplicate
from data_tools.duplicates.phash import ByteLuma, from_hex, is_flat
from data_tools.progress import Progress

_OPEN_SHARDS = 64


def find_pairs(
    config: NearDuplicateConfig,
    records: Sequence[PictureRecord],
    places: Mapping[str, tuple[ShardJob, int]],
    progress: Progress,
) -> list[NearDuplicate]:
    """Return the pairs of copies among records of different drives, and all pairs of equal bytes.

    Args:
        config: How alike two pictures must be.
        records: Usable pictures, exact copies included.
        places: Shard of each path, and position in it.
        progress: Receives the count of hashed and of verified pictures.

    Raises:
        CheckFailedError: Too many hashes are alike.
    """
    if not config.enabled:
        return []

    @lru_cache(_OPEN_SHARDS)
    def shard(luma: Path) -> ByteLuma:
        return np.fromfile(luma, np.uint8).reshape(-1, THUMBNAIL_PX, THUMBNAIL_PX)

    def load(path: str) -> ByteLuma:
        job, position = places[path]
        return np.asarray(shard(job.stem.with_suffix(".luma"))[position])

    flat = np.fromiter((is_flat(load(record.path)) for record in records), np.bool_, len(records))
    return find_near_duplicates(
        [record.path for record in records],
        [record.group for record in records],
        [record.sha256 for record in records],
        from_hex([record.phash for record in records]),
        flat,
        load_thumbnail=load,
        max_distance=config.max_distance,
        min_similarity=config.min_similarity,
        progress=progress,
    )
