"""Tell whether a JPEG or PNG file is whole; OpenCV decodes a truncated one to a half-grey picture in silence."""

import struct

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_JPEG_START = b"\xff\xd8"
_STANDALONE = frozenset([0x01, *range(0xD0, 0xD8)])
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
    """Walk the marker segments, so that the end marker of an embedded thumbnail does not count."""
    position = 2
    while True:
        position = data.find(b"\xff", position)
        if position < 0 or position + 1 >= len(data):
            return False
        marker = data[position + 1]
        if marker == _END:
            return True
        if marker in (0x00, 0xFF) or marker in _STANDALONE:
            position += 1 if marker == 0xFF else 2
            continue
        if position + 4 > len(data):
            return False
        (length,) = struct.unpack_from(">H", data, position + 2)
        position += 2 + length


def _png_reaches_end(data: bytes) -> bool:
    """Walk the chunks to IEND."""
    position = len(_PNG_SIGNATURE)
    while position + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        position += 12 + length
        if name == b"IEND":
            return bool(position <= len(data))
    return False
