"""Count the bits in which hashes differ."""

import numpy as np
import numpy.typing as npt

from data_tools.duplicates.phash import Hashes

_BITS_OF_16 = np.array([value.bit_count() for value in range(2**16)], dtype=np.uint8)
_HAS_BITWISE_COUNT = hasattr(np, "bitwise_count")  # numpy 2


def hamming(first: Hashes, second: Hashes) -> npt.NDArray[np.uint8]:
    """Return the Hamming distances of hashes, of the shape that both broadcast to.

    Examples:
        >>> hamming(np.array([7], dtype=np.uint64), np.array([1], dtype=np.uint64)).tolist()
        [2]
    """
    differing = first ^ second
    if _HAS_BITWISE_COUNT:
        return np.asarray(np.bitwise_count(differing), dtype=np.uint8)
    return count_by_table(differing)


def count_by_table(words: Hashes) -> npt.NDArray[np.uint8]:
    """Count the set bits of 64-bit words, 16 at a time, where numpy has no function for it."""
    halves = np.ascontiguousarray(words)[..., None].view(np.uint16)
    return np.asarray(_BITS_OF_16[halves].sum(axis=-1), dtype=np.uint8)
