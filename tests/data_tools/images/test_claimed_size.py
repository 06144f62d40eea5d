"""Claimed sizes: true for every format, and refused before decoding where they are too large."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from data_tools.images.claimed_size import claimed_pixels
from data_tools.images.decode import SUFFIXES, UnreadablePictureError, decode_bytes
from tests.data_tools.pictures import encode, encode_pillow, gradient

SIDE = 60_000


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def vp8x(width: int, height: int) -> tuple[bytes, bytes]:
    return b"VP8X", bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def vp8(width: int, height: int) -> tuple[bytes, bytes]:
    return b"VP8 ", b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height)


def vp8l(width: int, height: int) -> tuple[bytes, bytes]:
    return b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)


def tiff(order: str, width: int, height: int, big: bool = False) -> bytes:
    mark = b"II" if order == "<" else b"MM"
    if big:
        entries = b"".join(
            struct.pack(order + "HHQQ", tag, 16, 1, value) for tag, value in ((256, width), (257, height))
        )
        return mark + struct.pack(order + "HHHQQ", 43, 8, 0, 16, 2) + entries + bytes(8)
    entries = b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in ((256, width), (257, height)))
    return mark + struct.pack(order + "HIH", 42, 8, 2) + entries + bytes(4)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
@pytest.mark.parametrize(("height", "width"), [(17, 33), (48, 64), (300, 20)])
def test_claim_of_a_whole_file_is_its_size(suffix: str, height: int, width: int):
    assert claimed_pixels(encode(gradient(height, width), suffix)) == height * width


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"quality": 50}, {"quality": 50, "exif": Image.Exif().tobytes()}]
)
def test_every_kind_of_webp(options: dict[str, object]):
    assert claimed_pixels(encode_pillow(Image.fromarray(gradient(50, 70)), "WEBP", **options)) == 50 * 70
    with_alpha = Image.fromarray(gradient(50, 70)).convert("RGBA")
    with_alpha.putalpha(100)
    assert claimed_pixels(encode_pillow(with_alpha, "WEBP", **options)) == 50 * 70


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_every_kind_of_netpbm(mode: str):
    assert claimed_pixels(encode_pillow(Image.fromarray(gradient(50, 70)).convert(mode), "PPM")) == 50 * 70


def test_comments_in_a_netpbm_header():
    assert claimed_pixels(b"P6\n# made by 9 9\n20 # wide\n 30\n255\n") == 600
    assert claimed_pixels(b"P6 20") == 0


TOO_LARGE = {
    "tiff": tiff("<", SIDE, SIDE),
    "tiff-big-endian": tiff(">", SIDE, SIDE),
    "bigtiff": tiff("<", SIDE, SIDE, big=True),
    "bigtiff-big-endian": tiff(">", SIDE, SIDE, big=True),
    "webp-canvas": webp(vp8x(SIDE, SIDE), vp8(20, 20)),
    "webp-lossy": webp(vp8(16_383, 16_383)),
    "webp-lossless": webp(vp8l(16_384, 16_384)),
    "webp-behind-a-small-canvas": webp(vp8x(20, 20), (b"ICCP", b"odd"), vp8l(16_384, 16_384)),
    "ppm": b"P6\n60000 60000\n255\n",
    "pgm": b"P5 60000 60000 255 ",
    "pbm-comment": b"P4\n# 1 1\n60000\t60000\n",
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_oversized_claim_is_refused_before_decoding(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("data_tools.images.decode.cv2.imdecode", lambda *_: pytest.fail("allocates for the claim"))
    with pytest.raises(UnreadablePictureError) as caught:
        decode_bytes(TOO_LARGE[name], "x")
    assert caught.value.reason == "too_large"


@settings(deadline=None, max_examples=200)
@given(st.sampled_from([b"II*\0", b"MM\0+", b"RIFF\0\0\0\0WEBP", b"RIFF\0\0\0\0WEBPVP8L", b"P6", b"P3 #"]), st.binary())
def test_any_bytes_end_in_a_count(start: bytes, rest: bytes):
    assert claimed_pixels(start + rest) >= 0
