"""Read how many pixels a file's header claims, before anything is allocated for them."""

import struct

_NO_FRAME = frozenset([0xC4, 0xC8, 0xCC])
"""Markers among 0xC0..0xCF that start no frame (ITU T.81, table B.1)."""


def claimed_pixels(data: bytes) -> int:
    """Return the pixel count that a PNG, JPEG or BMP header claims; 0 for other formats and cut-off headers.

    OpenCV allocates what the header says, up to 2^30 pixels, before it looks for the data.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack_from(">II", data, 16)
        return int(width) * int(height)
    if data.startswith(b"BM") and len(data) >= 26:
        width, height = struct.unpack_from("<ii", data, 18)
        return abs(int(width) * int(height))
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
