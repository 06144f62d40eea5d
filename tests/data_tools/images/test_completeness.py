"""Whole and broken-off files, told apart by their structure."""

import cv2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.images.completeness import is_truncated
from tests.data_tools.images.segments import segment, with_segment
from tests.data_tools.pictures import encode, gradient, noise

BASELINE = encode(noise("jpeg"), ".jpg")
VARIANTS = {
    "baseline": BASELINE,
    "progressive": encode(noise("jpeg"), ".jpg", (cv2.IMWRITE_JPEG_PROGRESSIVE, 1)),
    "restart": encode(noise("jpeg"), ".jpg", (cv2.IMWRITE_JPEG_RST_INTERVAL, 1)),
    "grey": encode(noise("jpeg")[..., 0], ".jpg"),
    "thumbnail": with_segment(BASELINE, segment(0xE1, b"Exif\0\0" + encode(gradient(16, 16), ".jpg"))),
    "png": encode(noise("png"), ".png"),
    "grey png": encode(noise("png")[..., 0], ".png"),
}


def test_variants_are_what_they_claim():
    assert b"\xff\xc2" in VARIANTS["progressive"]
    assert b"\xff\xd0" in VARIANTS["restart"]
    assert VARIANTS["thumbnail"].count(b"\xff\xd9") == 2


@pytest.mark.parametrize("name", VARIANTS)
def test_whole_file_is_whole_with_and_without_garbage_behind_it(name: str):
    assert not is_truncated(VARIANTS[name])
    assert not is_truncated(VARIANTS[name] + b"\0" * 100)
    assert not is_truncated(VARIANTS[name] + b"garbage \xff\xd8\xff\xe1")


@pytest.mark.parametrize("name", VARIANTS)
def test_every_shorter_file_is_truncated(name: str):
    data = VARIANTS[name]
    start = 8 if "png" in name else 2
    assert all(is_truncated(data[:size]) for size in range(start, len(data)))


def test_marker_codes_inside_a_segment_do_not_count():
    payload = b"\xff\xd9\xff\xda\xff\xd8" * 10
    data = with_segment(with_segment(BASELINE, segment(0xFE, payload)), segment(0xED, payload))
    assert not is_truncated(data)
    assert is_truncated(data[:-2])


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_fill_bytes_before_a_marker_are_skipped(count: int):
    assert not is_truncated(BASELINE[:-2] + b"\xff" * count + b"\xd9")
    assert is_truncated(BASELINE[:-2] + b"\xff" * count)


@pytest.mark.parametrize("data", [b"", b"\xff", b"plain text", b"BM" + b"\0" * 60, b"RIFF0000WEBPVP8 "])
def test_other_formats_are_left_to_their_decoders(data: bytes):
    assert not is_truncated(data)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from([b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b""]), st.binary(max_size=300))
def test_any_bytes_end_in_an_answer(start: bytes, rest: bytes):
    assert is_truncated(start + rest) in {True, False}


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from([b"\xff", b"\0", b"\xd9", b"\xda", b"\x01", b"\xd0"]), max_size=40))
def test_any_markers_end_in_an_answer(parts: list[bytes]):
    assert is_truncated(b"\xff\xd8" + b"".join(parts)) in {True, False}
