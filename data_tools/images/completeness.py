"""Tell whether a JPEG or PNG file is whole; OpenCV decodes a truncated one to a half-grey picture in silence."""

import re
import struct

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]", re.DOTALL)
"""A marker that is neither a stuffed byte nor one of those that stand alone inside the picture's data."""
_END, _SCAN = 0xD9, 0xDA


def is_truncated(data: bytes) -> bool:
    """Tell whether a JPEG or PNG breaks off before its end marker.

    Args:
        data: The file's bytes. Other formats return False: their decoders refuse truncated files.

    Returns:
        True when the end-of-image marker (ITU T.81, B.2) or the IEND chunk (PNG, 11.2.5) is missing.
    """
    if data.startswith(_JPEG_START):
        return not _jpeg_reaches_end(data)
    if data.startswith(_PNG_SIGNATURE):
        return not _png_reaches_end(data)
    return False


def _jpeg_reaches_end(data: bytes) -> bool:
    """Walk the marker segments, so that the end marker of an embedded thumbnail does not count.

    In the picture's data itself every 0xFF is stuffed or starts a marker (T.81, B.1.1.5), so that there an end marker
    as the last two bytes needs no search.
    """
    position = 2
    while (found := _MARKER.search(data, position)) is not None:
        position = found.start()
        if data[position + 1] == _END:
            return True
        if position + 4 > len(data):
            return False
        if data[position + 1] == _SCAN and data.endswith(_JPEG_END):
            return True
        (length,) = struct.unpack_from(">H", data, position + 2)
        position += 2 + length
    return False


def _png_reaches_end(data: bytes) -> bool:
    """Walk the chunks to IEND."""
    position = len(_PNG_SIGNATURE)
    while position + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        position += 12 + length
        if name == b"IEND":
            return bool(position <= len(data))
    return False
