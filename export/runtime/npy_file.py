"""Read the .npy files of a bundle: plain numbers only, and the header is believed only where the file's size agrees."""

import math
import re
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data_tools.errors import CheckFailedError

_MAGIC = b"\x93NUMPY\x01\x00"
# What numpy itself writes for an array of numbers in format 1.0, and nothing else: no pickled objects, no records, and
# no Python expression to evaluate.
_HEADER = re.compile(
    rb"\{'descr': '([<|][iuf][1248])', 'fortran_order': False, "
    rb"'shape': \((\d{1,18}(?:, \d{1,18}){1,7}|\d{1,18},)\), \} *\n"
)
_HEADER_BYTES = 1024
HEAD_BYTES = len(_MAGIC) + 2 + _HEADER_BYTES
"""As many bytes of a file as `read_head` may need."""


class NpyHead(NamedTuple):
    """Say what a .npy file holds: its type, its shape, and at which byte the numbers start."""

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    start: int


def read_head(head: bytes, size: int, label: str) -> NpyHead:
    """Read a .npy file's header and compare it with the file's size, before anything is allocated.

    Args:
        head: The file's first `HEAD_BYTES` bytes, or all of them if it has fewer.
        size: The file's size, bytes.
        label: What to call the file in messages.

    Raises:
        CheckFailedError: It is no .npy file of format 1.0 with plain numbers in C order (a .npz or a pickle is not), it
            is empty, or its header claims another number of bytes than the file has.
    """
    length = int.from_bytes(head[len(_MAGIC) : len(_MAGIC) + 2], "little")
    start = len(_MAGIC) + 2 + length
    match = _HEADER.fullmatch(head[len(_MAGIC) + 2 : start])
    if not head.startswith(_MAGIC) or length > _HEADER_BYTES or not match:
        raise CheckFailedError(f"{label}: expected a .npy file of plain numbers (format 1.0, C order), it is none")
    try:
        dtype: np.dtype[np.generic] = np.dtype(match[1].decode())
    except TypeError as error:
        raise CheckFailedError(f"{label}: expected a .npy file of numbers, got the type {match[1].decode()}") from error
    shape = tuple(int(item) for item in match[2].rstrip(b",").split(b", "))
    if 0 in shape:
        raise CheckFailedError(f"{label}: expected a .npy file with at least one number, got {shape}")
    claimed = start + math.prod(shape) * dtype.itemsize
    if claimed != size:
        raise CheckFailedError(
            f"{label}: expected {claimed} bytes for {shape} {dtype}, as its header says, found {size}"
        )
    return NpyHead(dtype, shape, start)


def read_npy(data: bytes, label: str) -> npt.NDArray[np.generic]:
    """Return the array of a .npy file's bytes, without pickles (see `read_head`).

    Raises:
        CheckFailedError: See `read_head`.
    """
    dtype, shape, start = read_head(data[:HEAD_BYTES], len(data), label)
    array: npt.NDArray[np.generic] = np.ndarray(shape, dtype, buffer=data, offset=start)
    return array
