"""Decoding: every format against OpenCV or Pillow, and everything that is no usable picture."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from data_tools.errors import InputError
from data_tools.images.decode import (
    MIN_SIDE_PX,
    SUFFIXES,
    UnreadablePictureError,
    decode_bytes,
    read_picture,
)
from tests.data_tools.images.segments import claiming_bmp, claiming_jpeg, claiming_png, exif, with_segment
from tests.data_tools.pictures import encode, encode_pillow, gradient, noise, write

ROOT = Path(__file__).parents[3]
LOSSLESS = (".png", ".bmp", ".tif", ".tiff", ".ppm")
BLOCKS = np.kron(
    np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[255] * 3, [0] * 3, [128] * 3]]), np.ones((16, 16, 1))
)
"""2 × 3 flat blocks of 16 px; no turn or mirror of it equals another."""


def reason(data: bytes) -> str:
    with pytest.raises(UnreadablePictureError) as caught:
        decode_bytes(data, "some/name.jpg")
    text = str(caught.value)
    assert text.startswith("some/name.jpg: ")
    assert "\n" not in text
    assert isinstance(caught.value, InputError)
    return caught.value.reason


def close(left: np.ndarray, right: np.ndarray) -> float:
    """Return the largest difference."""
    assert left.shape == right.shape
    return float(np.abs(left.astype(int) - right.astype(int)).max())


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_every_suffix_equals_opencv(suffix: str):
    picture = noise(suffix)
    data = encode(picture, suffix)
    decoded = decode_bytes(data)
    assert decoded.dtype == np.uint8
    assert np.array_equal(decoded, cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1])
    if suffix in LOSSLESS:
        assert np.array_equal(decoded, picture), "the order must be RGB"


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, BLOCKS),
        (2, BLOCKS[:, ::-1]),
        (3, BLOCKS[::-1, ::-1]),
        (4, BLOCKS[::-1]),
        (5, BLOCKS.transpose(1, 0, 2)),
        (6, np.rot90(BLOCKS, -1)),
        (7, BLOCKS.transpose(1, 0, 2)[::-1, ::-1]),
        (8, np.rot90(BLOCKS)),
    ],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_orientation_is_applied(orientation: int, expected: np.ndarray, order: str):
    plain = encode(BLOCKS.astype(np.uint8), ".jpg", (cv2.IMWRITE_JPEG_QUALITY, 100))
    decoded = decode_bytes(with_segment(plain, exif(orientation, order)))
    assert decoded.shape == expected.shape
    assert np.abs(decoded - expected).mean() < 8, "the edges blur, the blocks do not"


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "1", "RGB"])
def test_png_modes_become_rgb(mode: str):
    stored = Image.fromarray(noise("mode")).convert(mode)
    decoded = decode_bytes(encode_pillow(stored, "PNG"))
    assert np.array_equal(decoded, np.asarray(stored.convert("RGB")))


def test_alpha_is_dropped_and_not_blended():
    picture = noise("alpha")
    alpha = np.zeros((*picture.shape[:2], 1), np.uint8)
    stored = Image.fromarray(np.concatenate([picture, alpha], axis=-1))
    assert np.array_equal(decode_bytes(encode_pillow(stored, "PNG")), picture)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bit_is_scaled_to_8(suffix: str, channels: int):
    wide = np.linspace(0, 65535, 32 * 24 * channels).astype(np.uint16).reshape(24, 32, channels)
    decoded = decode_bytes(encode(wide if channels == 3 else wide[..., 0], suffix))
    assert decoded.dtype == np.uint8
    expected = np.broadcast_to(wide / 257, (24, 32, 3))
    assert np.abs(decoded - expected).max() <= 1


def test_16_bit_of_repeated_bytes_is_exact():
    picture = noise("deep")
    assert np.array_equal(decode_bytes(encode(picture.astype(np.uint16) * 257, ".png")), picture)


def test_cmyk_jpeg_equals_pillow():
    data = encode_pillow(Image.fromarray(gradient()).convert("CMYK"), "JPEG", quality=95)
    decoded = decode_bytes(data)
    assert close(decoded, np.asarray(Image.open(BytesIO(data)).convert("RGB"))) <= 3
    assert close(decoded, gradient()) < 12


def test_grey_jpeg_has_three_equal_channels():
    decoded = decode_bytes(encode(gradient()[..., 1], ".jpg"))
    assert np.array_equal(decoded[..., 0], decoded[..., 1])
    assert np.array_equal(decoded[..., 0], decoded[..., 2])


@pytest.mark.parametrize("options", [(cv2.IMWRITE_JPEG_PROGRESSIVE, 1), (cv2.IMWRITE_JPEG_RST_INTERVAL, 2)])
def test_jpeg_variants_show_the_picture(options: tuple[int, ...]):
    assert close(decode_bytes(encode(gradient(), ".jpg", options)), gradient()) < 12


def test_garbage_behind_the_end_does_not_matter():
    data = encode(gradient(), ".jpg")
    assert np.array_equal(decode_bytes(data + b"\0garbage" * 20), decode_bytes(data))


def test_empty_and_text():
    assert reason(b"") == "empty"
    assert reason(b"this is no picture\n" * 50) == "undecodable"
    assert reason(b"\xff\xd8\xff\xd9") == "undecodable"


@pytest.mark.parametrize("suffix", sorted(SUFFIXES - {".jpeg", ".tiff"}))
@pytest.mark.parametrize("tenths", range(1, 10))
def test_file_cut_at_every_tenth_is_refused(suffix: str, tenths: int):
    data = encode(noise("cut"), suffix)
    assert reason(data[: len(data) * tenths // 10]) == ("truncated" if suffix in {".jpg", ".png"} else "undecodable")


@pytest.mark.parametrize(("height", "width"), [(1, 1), (MIN_SIDE_PX - 1, 64), (64, MIN_SIDE_PX - 1)])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
def test_too_small(height: int, width: int, suffix: str):
    assert reason(encode(gradient(height, width), suffix)) == "too_small"


def test_smallest_size_is_accepted():
    assert decode_bytes(encode(gradient(MIN_SIDE_PX, MIN_SIDE_PX), ".png")).shape == (MIN_SIDE_PX, MIN_SIDE_PX, 3)


@pytest.mark.parametrize(
    "data",
    [
        claiming_png(60_000, 60_000),
        claiming_png(2**31 - 1, 2**31 - 1),
        claiming_jpeg(encode(gradient(), ".jpg"), 30_000, 30_000),
        with_segment(claiming_jpeg(encode(gradient(), ".jpg"), 65_500, 16_000), exif(6)),
        claiming_bmp(encode(gradient(), ".bmp"), 30_000, 30_000),
        claiming_bmp(encode(gradient(), ".bmp"), -30_000, 30_000),
    ],
    ids=["png", "png-huge", "jpeg", "jpeg-exif", "bmp", "bmp-top-down"],
)
def test_header_that_claims_too_much_is_refused_before_decoding(data: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("data_tools.images.decode.cv2.imdecode", lambda *_: pytest.fail("allocates for the claim"))
    assert reason(data) == "too_large"


def test_too_many_pixels_of_any_format_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("data_tools.images.decode.MAX_PIXELS", 48 * 64 - 1)
    for suffix in SUFFIXES:
        assert reason(encode(gradient(), suffix)) == "too_large", suffix
    monkeypatch.setattr("data_tools.images.decode.MAX_PIXELS", 48 * 64)
    for suffix in SUFFIXES:
        decode_bytes(encode(gradient(), suffix))


STARTS = [
    b"",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"BM",
    b"RIFF\x40\0\0\0WEBPVP8 ",
    b"II*\0",
    b"MM\0*",
    b"P6\n20 20\n255\n",
    b"P5 ",
    b"GIF89a",
]


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_random_bytes_raise_nothing_else(start: bytes, rest: bytes):
    try:
        picture = decode_bytes(start + rest)
    except UnreadablePictureError:
        return
    assert picture.ndim == 3


ENCODED = {suffix: encode(noise("flip"), suffix) for suffix in sorted(SUFFIXES)}


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(SUFFIXES)), st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=6))
def test_damaged_pictures_raise_nothing_else(suffix: str, edits: list[tuple[int, int]]):
    data = bytearray(ENCODED[suffix])
    for position, value in edits:
        data[position % min(len(data), 600)] = value
    try:
        picture = decode_bytes(bytes(data))
    except UnreadablePictureError:
        return
    assert picture.ndim == 3


def test_damaged_files_print_nothing(tmp_path: Path):
    tiff = write(tmp_path / "a.tif", encode(noise("cut"), ".tif")[:500])
    code = (
        "import sys; from pathlib import Path; from data_tools.images.decode import *\n"
        "try: read_picture(Path(sys.argv[1]))\n"
        "except UnreadablePictureError as error: print(error.reason)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tiff)], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("undecodable\n", "")


def test_read_picture_names_the_file(tmp_path: Path):
    path = write(tmp_path / "a.png", encode(noise("a"), ".png"))
    assert np.array_equal(read_picture(path), noise("a"))
    for bad, expected in ((tmp_path / "b.png", "missing"), (tmp_path, "unreadable")):
        with pytest.raises(UnreadablePictureError, match=str(bad)) as caught:
            read_picture(bad)
        assert caught.value.reason == expected
