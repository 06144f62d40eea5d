"""Build JPEG segments and PNG headers by hand."""

import struct
import zlib


def exif(orientation: int, order: str = "<") -> bytes:
    """Return an APP1 segment whose TIFF header holds the orientation tag (0x0112) alone."""
    mark = b"II" if order == "<" else b"MM"
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = mark + struct.pack(order + "HIH", 42, 8, 1) + entry + struct.pack(order + "I", 0)
    return segment(0xE1, b"Exif\0\0" + tiff)


def segment(marker: int, payload: bytes) -> bytes:
    """Return a marker segment: 0xFF, marker, length with itself, payload."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def with_segment(jpeg: bytes, inserted: bytes) -> bytes:
    """Put a segment behind the start-of-image marker."""
    assert jpeg.startswith(b"\xff\xd8")
    return jpeg[:2] + inserted + jpeg[2:]


def claiming_jpeg(jpeg: bytes, height: int, width: int) -> bytes:
    """Return a baseline JPEG whose frame header claims another size."""
    frame = jpeg.index(b"\xff\xc0")
    return jpeg[: frame + 5] + struct.pack(">HH", height, width) + jpeg[frame + 9 :]


def chunk(name: bytes, payload: bytes) -> bytes:
    """Return a PNG chunk with its checksum."""
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def claiming_png(height: int, width: int) -> bytes:
    """Return a complete small PNG whose header claims a size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def claiming_bmp(bmp: bytes, height: int, width: int) -> bytes:
    """Return a BMP whose header claims another size; a negative height means rows from the top."""
    return bmp[:18] + struct.pack("<ii", width, height) + bmp[26:]
