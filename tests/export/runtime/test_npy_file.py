import io
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.errors import CheckFailedError
from export.bundle.npy import npy_bytes
from export.runtime.npy_file import HEAD_BYTES, read_head, read_npy

PICTURES = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)


def with_header(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode().ljust(118 - len(version) + 1) + b"\n"
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + data


@pytest.mark.parametrize(
    "array",
    [
        PICTURES,
        PICTURES.astype(np.float32) / 7,
        np.arange(5, dtype=np.int64),
        np.linspace(0, 1, 6).reshape(2, 3),
    ],
)
def test_what_numpy_writes_is_read(array: np.ndarray):
    found = read_npy(npy_bytes(array), "f")
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def pickled(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def zipped() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, a=np.array([{"a": 1}], dtype=object))
    assert zipfile.is_zipfile(stream)
    return stream.getvalue()


class Planted:
    """Would write a file if it were ever unpickled."""

    def __reduce__(self) -> tuple:
        return (pytest.fail, ("was unpickled",))


REFUSED = {
    "pickle": pickled(np.array([Planted()], dtype=object)),
    "pickle in npz": zipped(),
    "bare pickle": b"\x80\x04}\x94.",
    "records": pickled(np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")])),
    "text": pickled(np.array(["a"])),
    "columns first": npy_bytes(np.asfortranarray(np.arange(6.0).reshape(2, 3))),
    "one number": npy_bytes(np.array(1.0)),
    "big endian": npy_bytes(np.arange(3, dtype=">f4")),
    "complex": npy_bytes(np.arange(3, dtype=np.complex64)),
    "no such type": with_header("{'descr': '<f1', 'fortran_order': False, 'shape': (1, 1), }", b"0"),
    "format 2": with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 1), }", version=b"\x02\x00"),
    "negative": with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -4), }", b"0" * 16),
    "expression": with_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 10**9), }"),
    "nested": with_header("(" * 110),
    "long header": b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535,
    "no numbers": npy_bytes(PICTURES[:0]),
    "no numbers of an impossible shape": with_header(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999999999, 999999999999999999, 0), }"
    ),
    "empty": b"",
    "cut in the magic": b"\x93NUM",
    "cut in the header": npy_bytes(PICTURES)[:40],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_plain_array_is_refused(name: str):
    with pytest.raises(CheckFailedError, match=r"a\.npy: expected a \.npy file (of|with at least one)"):
        read_npy(REFUSED[name], "a.npy")


@pytest.mark.parametrize(
    "shape", ["(1000000000000,)", "(1000000, 1000000)", "(999999999999, 999999999999, 999999999999)"]
)
def test_a_header_that_claims_more_than_the_file_has_allocates_nothing(shape: str):
    data = with_header(f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}", b"0" * 64)
    tracemalloc.start()
    with pytest.raises(CheckFailedError, match=r"a\.npy: expected \d{13,} bytes for .* as its header says, found 192"):
        read_npy(data, "a.npy")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("change", [1, -1])
def test_a_byte_more_or_less_is_refused(change: int):
    data = npy_bytes(PICTURES)
    data = data + b"\x00" if change > 0 else data[:-1]
    with pytest.raises(CheckFailedError, match=rf"expected 200 bytes .* found {200 + change}"):
        read_head(data[:HEAD_BYTES], len(data), "a.npy")


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 140), st.integers(0, 255)), min_size=1, max_size=6))
def test_mutated_headers_are_read_as_numpy_reads_them_or_refused(changes: list[tuple[int, int]]):
    data = bytearray(npy_bytes(PICTURES))
    for place, value in changes:
        data[place] = value
    try:
        found = read_npy(bytes(data), "a.npy")
    except CheckFailedError:
        return
    np.testing.assert_array_equal(found, np.load(io.BytesIO(bytes(data)), allow_pickle=False))
