"""Read a time from a table."""

import math

from data_tools.errors import InputError


def optional_seconds(text: str, column: str, where: str) -> float | None:
    """Return a time in seconds, or None for an empty field: unknown.

    Args:
        text: The field.
        column: Its column, for the message.
        where: File and line, for the message.

    Raises:
        InputError: It is no finite number.
    """
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{where}: expected {column} in seconds or nothing, got '{text}'")
    return value
