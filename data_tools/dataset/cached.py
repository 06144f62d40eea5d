"""Find the cached pictures of a data set."""

from pathlib import Path

from data_tools.cache.index import read_index
from data_tools.cache.reader import CachedPicture
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.errors import CheckFailedError, InputError


def read_cache(dataset: DatasetArtifact, folder: Path) -> dict[str, CachedPicture]:
    """Return the place of every cached picture by its record's path; nothing when the data set has no cache.

    Args:
        dataset: The data set.
        folder: Of its artifact.

    Raises:
        InputError: The index is malformed, or names a shard that the data set does not list.
        CheckFailedError: A shard is missing or was cut off.
    """
    if dataset.cache is None or dataset.cache_index is None:
        return {}
    cache = dataset.cache
    shards: dict[str, Path] = {}
    for shard in cache.shards:
        file = folder / shard.path
        if not file.is_file() or file.stat().st_size != shard.size_bytes:
            raise CheckFailedError(f"{file}: missing or cut off, although the data set lists it; build it again")
        shards[file.name] = file
    index = folder / dataset.cache_index.path
    places: dict[str, CachedPicture] = {}
    for row in read_index(index):
        if row.shard not in shards:
            raise InputError(f"{index}: expected one of the data set's shards, got '{row.shard}'; build it again")
        places[row.path] = CachedPicture(
            shards[row.shard], row.offset, row.crc32, cache.height, cache.width, cache.interpolation
        )
    return places
