"""Write one shard: a tar file in WebDataset's layout, the same bytes whoever writes it and whenever."""

import io
import json
import tarfile
import zlib
from functools import lru_cache
from typing import BinaryIO, NamedTuple

import numpy as np

from data_tools.images.decode import Picture

_BLOCK = 512
_END_BLOCKS = 2


class Place(NamedTuple):
    """Say where in a shard the samples of a picture lie.

    Attributes:
        offset: Of the first sample byte, from the start of the shard.
        crc32: Of the height·width·3 sample bytes (row-major, RGB).
    """

    offset: int
    crc32: int


class ShardWriter:
    """Append pictures to a tar file: `<key>.image.npy` holds (H, W, 3) uint8 RGB, `<key>.json` what is known of it.

    The layout is WebDataset's (files of one sample share the name up to the first dot), so its readers understand a
    shard; the arrays are not compressed, so that one read at a known offset gives a picture. Times, owners and modes
    are constants: equal pictures give equal shards.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._position = 0

    def add(self, key: str, picture: Picture, description: dict[str, str | float | None]) -> Place:
        """Append one picture and return where its samples lie.

        Args:
            key: Name without a dot.
            picture: (H, W, 3) uint8 RGB.
            description: Goes to the JSON file beside it.
        """
        samples = np.ascontiguousarray(picture).reshape(-1).data
        header = _npy_header(picture.shape)
        offset = self._member(f"{key}.image.npy", (header, samples)) + len(header)
        text = json.dumps(description, sort_keys=True, ensure_ascii=False).encode()
        self._member(f"{key}.json", (text,))
        return Place(offset, zlib.crc32(samples))

    def finish(self) -> None:
        """Write the end-of-archive blocks."""
        self._stream.write(bytes(_BLOCK * _END_BLOCKS))

    def _member(self, name: str, pieces: tuple[bytes | memoryview, ...]) -> int:
        """Append one file with its header, padded to whole blocks, and return where its content starts."""
        size = sum(len(piece) for piece in pieces)
        info = tarfile.TarInfo(name)
        info.size = size
        header = info.tobuf(tarfile.USTAR_FORMAT)
        start = self._position + len(header)
        padding = bytes(-size % _BLOCK)
        for piece in (header, *pieces, padding):
            self._stream.write(piece)
        self._position = start + size + len(padding)
        return start


@lru_cache(maxsize=8)
def _npy_header(shape: tuple[int, ...]) -> bytes:
    """Return the header that makes raw uint8 samples an .npy file (NumPy enhancement proposal 1)."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return stream.getvalue()
