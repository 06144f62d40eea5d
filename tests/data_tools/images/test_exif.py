"""The orientation tag in all four containers, against Pillow and built by hand, and in garbage."""

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from data_tools.images.exif import UPRIGHT, exif_orientation
from data_tools.images.tiff_directory import first_directory
from tests.data_tools.images.segments import chunk, exif, segment, with_segment
from tests.data_tools.pictures import encode, encode_pillow, gradient

PILLOW_KINDS = ("JPEG", "PNG", "WEBP", "TIFF")


def tagged(kind: str, orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    return encode_pillow(Image.fromarray(gradient()), kind, exif=block)


def tiff_block(order: str, *entries: tuple[int, int, int, int]) -> bytes:
    """Return a TIFF header with one directory of (tag, type, count, value)."""
    packed = b"".join(
        struct.pack(order + "HHI", tag, kind, count) + struct.pack(order + ("HH" if kind == 3 else "I"), *value)
        for tag, kind, count, value in (
            (tag, kind, count, (value, 0) if kind == 3 else (value,)) for tag, kind, count, value in entries
        )
    )
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(order + "HIH", 42, 8, len(entries)) + packed + bytes(4)


@pytest.mark.parametrize("kind", PILLOW_KINDS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_container_written_by_pillow(kind: str, orientation: int):
    assert exif_orientation(tagged(kind, orientation)) == orientation


@pytest.mark.parametrize("kind", PILLOW_KINDS)
def test_absent_tag_is_upright(kind: str):
    assert exif_orientation(encode_pillow(Image.fromarray(gradient()), kind)) == UPRIGHT


@pytest.mark.parametrize("orientation", [0, 6, 9, 65535])
@pytest.mark.parametrize("order", ["<", ">"])
def test_raw_value_in_either_byte_order(orientation: int, order: str):
    assert exif_orientation(with_segment(encode(gradient(), ".jpg"), exif(orientation, order))) == orientation


def test_value_agrees_with_what_opencv_applies():
    plain = encode(gradient(48, 64), ".jpg")
    data = with_segment(plain, exif(6))
    assert exif_orientation(data) == 6
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (64, 48)


def test_exif_behind_other_segments_and_behind_the_pixels_of_a_png():
    jpeg = with_segment(with_segment(encode(gradient(), ".jpg"), exif(3)), segment(0xE1, b"http://ns.adobe.com/xap\0x"))
    assert exif_orientation(jpeg) == 3
    png = encode(gradient(), ".png")
    late = png[:-12] + chunk(b"eXIf", tiff_block(">", (0x0112, 3, 1, 8))) + png[-12:]
    assert exif_orientation(late) == 8


def test_exif_inside_the_pixels_of_a_jpeg_does_not_count():
    data = encode(gradient(), ".jpg")
    assert exif_orientation(data[:-2] + exif(6) + data[-2:]) == UPRIGHT


def test_long_value_counts_and_other_types_do_not():
    assert exif_orientation(tiff_block("<", (0x0100, 4, 1, 20), (0x0112, 4, 1, 7))) == 7
    assert exif_orientation(tiff_block("<", (0x0112, 2, 1, 7))) == UPRIGHT
    assert exif_orientation(tiff_block("<", (0x0112, 3, 2, 7))) == UPRIGHT


def test_directory_outside_the_file_is_empty():
    assert first_directory(b"II*\0" + struct.pack("<I", 2**32 - 1) + bytes(20)) == {}
    assert first_directory(b"II*\0") == {}
    assert first_directory(b"MM\0+" + bytes(4) + b"\xff" * 8) == {}


def test_directory_that_breaks_off_gives_what_it_has():
    data = tiff_block("<", (256, 4, 1, 20), (257, 4, 1, 30))
    assert first_directory(data) == {256: 20, 257: 30}
    assert first_directory(data[:22]) == {256: 20}


STARTS = [b"", b"\xff\xd8", b"\xff\xd8\xff\xe1\x00\x20Exif\0\0II*\0", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0+",
          b"RIFF\0\0\0\0WEBP", b"RIFF\0\0\0\0WEBPEXIF\x20\0\0\0MM\0*", b"BM", b"P6 "]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(STARTS), st.binary(max_size=200))
def test_garbage_never_raises(start: bytes, rest: bytes):
    assert exif_orientation(start + rest) >= 0


ENCODED = {kind: tagged(kind, 6) for kind in PILLOW_KINDS}


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(PILLOW_KINDS), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6))
def test_damaged_files_never_raise(kind: str, edits: list[tuple[int, int]]):
    data = bytearray(ENCODED[kind])
    for position, value in edits:
        data[position % len(data)] = value
    assert exif_orientation(bytes(data)) >= 0
    assert exif_orientation(bytes(data[: len(data) // 2])) >= 0


def test_exif_behind_a_padded_webp_chunk():
    block = tiff_block("<", (0x0112, 3, 1, 5))
    chunks = b"ICCP" + struct.pack("<I", 3) + b"odd\0" + b"EXIF" + struct.pack("<I", len(block)) + block
    assert exif_orientation(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks) == 5
