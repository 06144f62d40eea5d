"""Read the numbers in the first directory of a TIFF structure, which EXIF blocks are made of, too."""

import struct

_MAX_ENTRIES = 512
_FORMATS = {3: "H", 4: "I", 16: "Q"}
"""Field types SHORT, LONG and BigTIFF's LONG8."""


def is_tiff(data: bytes) -> bool:
    """Tell whether bytes start like a TIFF or BigTIFF file."""
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def first_directory(data: bytes) -> dict[int, int]:
    """Return the single unsigned numbers of the first image file directory (TIFF 6.0, section 2), by tag.

    Args:
        data: A TIFF or BigTIFF file, or the inside of an EXIF block.

    Returns:
        Tag → value, the first where a tag stands twice; empty when there is no readable directory. Garbage never
        raises, and what lies behind a break is left out.
    """
    if not is_tiff(data):
        return {}
    order = "<" if data.startswith(b"II") else ">"
    big = b"+" in data[:4]
    header, count_format, entry_format, entry_size = (16, "Q", "HHQ", 20) if big else (8, "H", "HHI", 12)
    if len(data) < header:
        return {}
    (start,) = struct.unpack_from(order + ("Q" if big else "I"), data, header - (8 if big else 4))
    first_entry = start + struct.calcsize(order + count_format)
    if first_entry > len(data):
        return {}
    (entries,) = struct.unpack_from(order + count_format, data, start)
    values: dict[int, int] = {}
    for index in range(min(entries, _MAX_ENTRIES)):
        position = first_entry + entry_size * index
        if position + entry_size > len(data):
            break
        tag, kind, count = struct.unpack_from(order + entry_format, data, position)
        room = struct.calcsize(order + entry_format)
        value_format = _FORMATS.get(kind)
        if count == 1 and value_format is not None and struct.calcsize(value_format) <= entry_size - room:
            (value,) = struct.unpack_from(order + value_format, data, position + room)
            values.setdefault(int(tag), int(value))
    return values
