"""Walk a protocol-buffers message without any package for it, as strictly as is needed to see what a parser sees."""

from collections.abc import Iterator

_MOST_KEY = (1 << 32) - 1


def fields(data: bytes | memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield field numbers and values of a message (varints, and length-delimited fields as views, nothing copied).

    Fields of fixed width are skipped. Groups, which onnx.proto has none of, are an error: what stands in one would be
    read otherwise elsewhere.

    Raises:
        ValueError: The bytes are no such message.
    """
    view = memoryview(data)
    at, end = 0, len(view)
    while at < end:
        key, at = _varint(view, at)
        number, wire = key >> 3, key & 7
        if not number or key > _MOST_KEY:
            raise ValueError(f"a field's key {key}")
        if wire == 0:
            value, at = _varint(view, at)
            yield number, value
            continue
        if wire not in {1, 2, 5}:
            raise ValueError(f"wire type {wire}")
        size, at = _varint(view, at) if wire == 2 else (8 if wire == 1 else 4, at)
        if at + size > end:
            raise ValueError("a field reaches beyond the end")
        if wire == 2:
            yield number, view[at : at + size]
        at += size


def messages(data: bytes | memoryview, number: int) -> list[bytes]:
    """Return a copy of every length-delimited field of one number.

    Raises:
        ValueError: The bytes are no message.
    """
    return [bytes(value) for field, value in fields(data) if field == number and isinstance(value, memoryview)]


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """Return a variable-length integer of at most 64 bits and where it ends."""
    value = 0
    for index, byte in enumerate(data[at : at + 10]):
        value |= (byte & 0x7F) << 7 * index
        if value >> 64:
            break
        if not byte & 0x80:
            return value, at + index + 1
    raise ValueError("an integer of more than 64 bits, or one that does not end")
