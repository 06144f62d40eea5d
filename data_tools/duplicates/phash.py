"""Hash a picture's layout to 64 bits that survive resizing and re-encoding; mirroring is an exclusive or."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from data_tools.errors import InputError

ByteLuma = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]

HASH_SIDE_PX = 32
BITS = 64
_HIGHEST = 10
"""Cosines run up to 5 periods a side: finer ones would not survive a slight crop."""

# The 65 AC frequencies with vertical + horizontal <= 10, without the slowest vertical one: nearly all of it says
# "sky above road", which road pictures share.
_ORDER = [(total - across, across) for total in range(1, _HIGHEST + 1) for across in range(total + 1)]
DOWN, ACROSS = np.array([pair for pair in _ORDER if pair != (1, 0)]).T

_SCALE = 2**16
_FLAT_COEFFICIENT = 4.0
"""In grey levels: sensor noise leaves a median of up to 2, the plainest of 1,742 real road pictures has 9.7."""


def cosines(start: float, stop: float, samples: int) -> npt.NDArray[np.float64]:
    """Return the first cosines of the DCT-II over a stretch of a line of samples.

    The values are whole numbers (cosine × 2^16), so that products with 8-bit samples add up exactly, in any order
    and on any machine: no sign can depend on rounding. Samples at the ends count by the part that is covered.

    Args:
        start: Where the stretch starts, in samples.
        stop: Where it ends, in samples.
        samples: Length of the line, at most 64.

    Returns:
        Shape (11, samples): a row for every frequency 0..10, in half periods of the stretch.
    """
    place = np.arange(samples)
    low, high = np.maximum(place, start), np.minimum(place + 1, stop)
    covered = np.clip(high - low, 0, 1)
    phase = ((low + high) / 2 - start) / (stop - start)
    # Near its middle a cosine's zero and the symmetry of its two halves must be exact: take the half by name.
    half = np.minimum(phase, 1 - phase)
    frequency = np.arange(_HIGHEST + 1)[:, None]
    sign = np.where((phase > 0.5) & (frequency % 2 == 1), -1.0, 1.0)
    return np.asarray(np.rint(_SCALE * covered * sign * np.cos(np.pi * frequency * half)))


_FULL = cosines(0, HASH_SIDE_PX, HASH_SIDE_PX)


def pack(coefficients: npt.NDArray[np.float64]) -> Hashes:
    """Return hashes from the signs of coefficients: bit i (of value 2^i) is set where coefficient i is positive.

    Args:
        coefficients: Shape (..., 64).
    """
    octets = np.packbits(coefficients > 0, axis=-1, bitorder="little")
    return np.ascontiguousarray(octets).view("<u8")[..., 0].astype(np.uint64)


def perceptual_hash(luma: ByteLuma) -> int:
    """Return the signs of 64 low frequencies of a picture's DCT-II.

    Two unrelated pictures differ in 32 bits on average; a resized or re-encoded copy in 0 to 3, one cropped by 5 %
    a side in 4 to 15. Signs have the threshold 0 whatever the picture holds, so mirroring left to right, which flips
    exactly the sign of the odd horizontal frequencies, turns the hash into `mirrored(hash)`. The exception is a
    coefficient of exactly 0, which has no sign: its bit is 0 in both. Pictures without structure have no other
    (see `is_flat`). The aspect ratio does not count.

    Source: C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010 (the DCT hash; there
    with the median as threshold, which is lost under mirroring).

    Args:
        luma: Shape (H, W), uint8.

    Raises:
        InputError: It is not a grey 8-bit picture.
    """
    return int(pack(_coefficients(luma)))


def is_flat(luma: ByteLuma) -> bool:
    """Tell whether a picture has so little structure that its hash is noise: half the coefficients are near 0.

    Such a picture (fog, a covered lens, a plain colour) has the hash of any other such picture or a random one;
    leave it out of the search.

    Args:
        luma: Shape (H, W), uint8.

    Raises:
        InputError: It is not a grey 8-bit picture.
    """
    # Divided as an orthonormal DCT would be: noise of s grey levels on the 32 × 32 grid gives coefficients of s.
    size = np.abs(_coefficients(luma)) / (_SCALE**2 * HASH_SIDE_PX / 2)
    return bool(np.median(size) < _FLAT_COEFFICIENT)


def mirrored(value: int) -> int:
    """Return the hash of the picture mirrored left to right."""
    return value ^ int(MIRROR_MASK)


def from_hex(texts: Sequence[str]) -> Hashes:
    """Return the hashes, shape (N,), that are written as 16 hexadecimal digits each.

    Raises:
        InputError: A text is not 16 hexadecimal digits.
    """
    joined = "".join(texts)
    if any(len(text) != BITS // 4 for text in texts) or not set(joined) <= set("0123456789abcdefABCDEF"):
        wrong = next(text for text in texts if len(text) != 16 or not set(text) <= set("0123456789abcdefABCDEF"))
        raise InputError(f"expected a perceptual hash of 16 hexadecimal digits, got {wrong!r}; build the data set anew")
    return np.frombuffer(bytes.fromhex(joined), dtype=">u8").astype(np.uint64)


def _coefficients(luma: ByteLuma) -> npt.NDArray[np.float64]:
    """Return the 64 coefficients, times 2^32, exactly."""
    if luma.ndim != 2 or luma.dtype != np.uint8 or luma.size == 0:
        raise InputError(f"expected a grey picture (H, W) of uint8, got shape {luma.shape} of {luma.dtype}")
    small = cv2.resize(luma, (HASH_SIDE_PX, HASH_SIDE_PX), interpolation=cv2.INTER_AREA).astype(np.float64)
    return np.asarray((_FULL @ small @ _FULL.T)[DOWN, ACROSS])


MIRROR_MASK = pack((ACROSS % 2).astype(np.float64))
