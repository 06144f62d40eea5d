"""Encode arrays as .npy files in memory."""

import io

import numpy as np
import numpy.typing as npt


def npy_bytes(array: npt.NDArray[np.generic]) -> bytes:
    """Return an array as the bytes of a .npy file (format 1.0, no pickles)."""
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()
