"""Read what the file names of RSCD say: `202201252342299-dry-asphalt-smooth.jpg`."""

import re
from datetime import datetime, timezone
from itertools import product
from typing import NamedTuple

_PAVED = product(("dry", "wet", "water"), ("asphalt", "concrete"), ("smooth", "slight", "severe"))
_UNPAVED = product(("dry", "wet", "water"), ("mud", "gravel"))
_WINTER = (("fresh_snow",), ("melted_snow",), ("ice",))
CLASSES = frozenset("_".join(parts) for parts in (*_PAVED, *_UNPAVED, *_WINTER))
_NAME = re.compile(r"(\d{12})(\d{0,6})-([A-Za-z_-]+)")


class RscdName(NamedTuple):
    """Hold what one file name says."""

    label: str
    """One of the 27 classes, such as `dry_asphalt_smooth`."""
    time_s: float
    """Seconds since 1970 on the recorder's own clock, read as if it were UTC."""


def rscd_class(name: str) -> str | None:
    """Return the class that a folder's or label's name stands for, with `_` for `-` and in lower case; None: none.

    Examples:
        >>> rscd_class("dry-asphalt-smooth")
        'dry_asphalt_smooth'
    """
    label = name.lower().replace("-", "_")
    return label if label in CLASSES else None


def parse_name(stem: str) -> RscdName | None:
    """Read a file's name without its suffix.

    The authors do not document the digits. Seen are 12 to 16 of them: the first twelve are a date with hour and minute
    from the months of the recording (January to July 2022, README of the data set); the next two, where they are
    there, were below 60 in all of a dozen names that public code quotes, so they are read as seconds; what follows
    counts pictures within the second. If the two are no seconds, the time is that of the minute.

    Returns:
        Class and time; None when the name fits no such pattern.
    """
    match = _NAME.fullmatch(stem)
    label = rscd_class(match[3]) if match else None
    if match is None or label is None:
        return None
    seconds = match[2][:2]
    try:
        year, month, day, hour, minute = (
            int(match[1][at:to]) for at, to in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12))
        )
        start_s = datetime(year, month, day, hour, minute, tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None
    within = int(seconds) if len(seconds) == 2 and int(seconds) < 60 else 0
    return RscdName(label, start_s + within)
