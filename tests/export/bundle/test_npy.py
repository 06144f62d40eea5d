import io

import numpy as np
import pytest

from export.bundle.npy import npy_bytes


@pytest.mark.parametrize(
    "array",
    [
        np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
        np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)[:, ::-1],
        np.zeros((0, 3), dtype=np.float32),
    ],
)
def test_round_trip(array: np.ndarray):
    data = npy_bytes(array)
    found = np.load(io.BytesIO(data), allow_pickle=False)
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)
    assert data[:8] == b"\x93NUMPY\x01\x00"
    assert npy_bytes(array.copy()) == data


def test_objects_are_refused():
    with pytest.raises(ValueError, match="allow_pickle"):
        npy_bytes(np.array([{}], dtype=object))
