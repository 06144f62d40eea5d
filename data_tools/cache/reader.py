"""Read a picture at model size: from the cache when it holds that size, else from the original file."""

import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data_tools.errors import CheckFailedError
from data_tools.images.decode import Picture, read_picture
from data_tools.images.preprocessing import Interpolation, PreprocessingSpec, to_model_size


class CachedPicture(NamedTuple):
    """Name the samples of one picture in a shard.

    Attributes:
        shard: The tar file.
        offset: Of the first sample byte.
        crc32: Of the sample bytes.
        height: In pixels.
        width: In pixels.
        interpolation: How the picture was resized.
    """

    shard: Path
    offset: int
    crc32: int
    height: int
    width: int
    interpolation: Interpolation


def read_at_size(file: Path, cached: CachedPicture | None, spec: PreprocessingSpec) -> Picture:
    """Return a picture as the model wants it, the same bytes with and without a cache.

    Args:
        file: The original picture.
        cached: Its place in the cache, if there is one.
        spec: Size and interpolation; the cache is used only when it was made with the same.

    Returns:
        (spec.height, spec.width, 3) uint8 RGB.

    Raises:
        UnreadablePictureError: The original is needed and cannot be used.
        CheckFailedError: The shard is missing, cut off or was changed.
    """
    wanted = (spec.height, spec.width, spec.interpolation)
    if cached is not None and (cached.height, cached.width, cached.interpolation) == wanted:
        return _read_samples(cached)
    return to_model_size(read_picture(file), spec)


def _read_samples(cached: CachedPicture) -> Picture:
    """Read one picture's samples and compare their checksum."""
    size = cached.height * cached.width * 3
    try:
        with cached.shard.open("rb") as stream:
            stream.seek(cached.offset)
            data = stream.read(size)
    except OSError as error:
        raise CheckFailedError(
            f"{cached.shard}: cannot be read ({error.strerror}); build the data set again"
        ) from error
    if len(data) != size or zlib.crc32(data) != cached.crc32:
        raise CheckFailedError(f"{cached.shard}: changed after it was written; build the data set again")
    # A copy: training augments pictures in place, and an array over bytes is read-only.
    samples: Picture = np.frombuffer(data, np.uint8).reshape(cached.height, cached.width, 3).copy()
    return samples
