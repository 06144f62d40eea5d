"""Read the EXIF orientation tag that a picture file carries, whatever else is wrong with the file."""

import struct
from collections.abc import Iterator

from data_tools.images.tiff_directory import first_directory, is_tiff

UPRIGHT = 1
"""The value of a picture that is stored as it is to be shown; stands for an absent tag, too."""

_ORIENTATION_TAG = 0x0112
_EXIF_START = b"Exif\0\0"
_JPEG_START, _PNG_START = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
_JPEG_STANDALONE = frozenset([0x01, *range(0xD0, 0xD9)])


def exif_orientation(data: bytes) -> int:
    """Return a file's EXIF orientation as it is stored (CIPA DC-008, 4.6.4: tag 0x0112).

    Args:
        data: The file's bytes: JPEG (APP1 segment), PNG (eXIf chunk), TIFF (first directory) or WebP (EXIF chunk).

    Returns:
        The raw value, which may lie outside the 1..8 that the standard knows; 1 when there is no tag, no EXIF block or
        no readable structure. Garbage never raises.
    """
    if is_tiff(data):
        return first_directory(data).get(_ORIENTATION_TAG, UPRIGHT)
    if data.startswith(_JPEG_START):
        blocks = _jpeg_blocks(data)
    elif data.startswith(_PNG_START):
        blocks = _png_blocks(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        blocks = _webp_blocks(data)
    else:
        return UPRIGHT
    block = next(blocks, b"").removeprefix(_EXIF_START)
    return first_directory(block).get(_ORIENTATION_TAG, UPRIGHT)


def _jpeg_blocks(data: bytes) -> Iterator[bytes]:
    """Yield the EXIF APP1 segments in front of the first scan (ITU T.81, B.1.1)."""
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker in _JPEG_STANDALONE:
            position += 2
            continue
        if marker in (0xD9, 0xDA):
            return
        (length,) = struct.unpack_from(">H", data, position + 2)
        if marker == 0xE1 and data.startswith(_EXIF_START, position + 4):
            yield data[position + 4 : position + 2 + length]
        position += 2 + length


def _png_blocks(data: bytes) -> Iterator[bytes]:
    """Yield the eXIf chunks (PNG third edition, 11.3.3.3), which may stand behind the pixels."""
    position = len(_PNG_START)
    while position + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        if name == b"eXIf":
            yield data[position + 8 : position + 8 + length]
        position += 12 + length


def _webp_blocks(data: bytes) -> Iterator[bytes]:
    """Yield the EXIF chunks (RFC 9649, 2.7.1.5); a chunk of odd length is padded by one byte."""
    position = 12
    while position + 8 <= len(data):
        name, length = struct.unpack_from("<4sI", data, position)
        if name == b"EXIF":
            yield data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2
