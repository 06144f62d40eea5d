"""Read how many pixels a file's header claims, before anything is allocated for them."""

import re
import struct

from data_tools.images.tiff_directory import first_directory, is_tiff

_NO_FRAME = frozenset([0xC4, 0xC8, 0xCC])
"""Markers among 0xC0..0xCF that start no frame (ITU T.81, table B.1)."""

_TIFF_WIDTH, _TIFF_LENGTH = 256, 257
_SPACE = rb"(?:\s|#[^\r\n]*[\r\n])+"
_NETPBM = re.compile(rb"P[1-6]" + _SPACE + rb"([0-9]{1,18})" + _SPACE + rb"([0-9]{1,18})(?![0-9])")
"""Magic, width and height (netpbm's ppm(5)); a comment runs from # to the end of its line."""


def claimed_pixels(data: bytes) -> int:
    """Return the pixel count that a file's header claims; 0 for other formats and cut-off headers.

    OpenCV allocates what the header says, up to 2^30 pixels, before it looks for the data.

    Args:
        data: The file's bytes: PNG, JPEG, BMP, WebP, TIFF (its first page) or PPM, PGM and PBM.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack_from(">II", data, 16)
        return int(width) * int(height)
    if data.startswith(b"BM") and len(data) >= 26:
        width, height = struct.unpack_from("<ii", data, 18)
        return abs(int(width) * int(height))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp_pixels(data)
    if is_tiff(data):
        numbers = first_directory(data)
        return numbers.get(_TIFF_WIDTH, 0) * numbers.get(_TIFF_LENGTH, 0)
    if header := _NETPBM.match(data):
        return int(header[1]) * int(header[2])
    return _jpeg_pixels(data) if data.startswith(b"\xff\xd8") else 0


def _jpeg_pixels(data: bytes) -> int:
    """Walk the segments to the frame header (ITU T.81, B.2.2)."""
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return int(width) * int(height)
        position += 2 + int(struct.unpack_from(">H", data, position + 2)[0])
    return 0


def _webp_pixels(data: bytes) -> int:
    """Return the largest claim among the chunks: the canvas (RFC 9649, 2.7) and the pictures in it."""
    largest, position = 0, 12
    while position + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, position)
        head = data[position + 8 : position + 18]
        largest = max(largest, _webp_chunk_pixels(name, head))
        position += 8 + length + length % 2
    return largest


def _webp_chunk_pixels(name: bytes, head: bytes) -> int:
    """Return the size in the first ten bytes of a VP8X, VP8 (RFC 6386, 9.1) or VP8L (RFC 9649, 3.4) chunk."""
    if name == b"VP8X" and len(head) == 10:
        return (int.from_bytes(head[4:7], "little") + 1) * (int.from_bytes(head[7:10], "little") + 1)
    if name == b"VP8 " and len(head) == 10 and head[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", head, 6)
        return (int(width) & 0x3FFF) * (int(height) & 0x3FFF)
    if name == b"VP8L" and len(head) >= 5 and head[0] == 0x2F:
        (bits,) = struct.unpack_from("<I", head, 1)
        return ((int(bits) & 0x3FFF) + 1) * ((int(bits) >> 14 & 0x3FFF) + 1)
    return 0
