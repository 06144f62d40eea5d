"""Read what the folders and file names of RoadSaW say."""

import re
from typing import NamedTuple

_MATERIALS = {"asphalt": "asphalt", "cobble": "cobblestone", "cobblestone": "cobblestone", "concrete": "concrete"}
_STATES = {"dry": "dry", "damp": "damp", "wet": "wet", "verywet": "very_wet", "very_wet": "very_wet"}
CLASSES = frozenset(f"{material}_{state}" for material in _MATERIALS.values() for state in _STATES.values())
_NUMBERED = re.compile(r"(.*?)[-_. ]?(\d+)")


class RoadsawName(NamedTuple):
    """Hold what one file name says."""

    sequence: str
    """What stands before the last number; empty: nothing that tells sequences apart."""
    number: int


def roadsaw_class(name: str) -> str | None:
    """Return the class that a folder's name stands for, in the paper's spelling; None: none.

    Copies of the data set that public code reads have `cobble_verywet`, the paper writes `cobblestone` and `very wet`.

    Examples:
        >>> roadsaw_class("cobble_verywet")
        'cobblestone_very_wet'
    """
    material, _, state = name.lower().replace("-", "_").replace(" ", "_").partition("_")
    if material in _MATERIALS and state in _STATES:
        return f"{_MATERIALS[material]}_{_STATES[state]}"
    return None


def parse_name(stem: str) -> RoadsawName | None:
    """Read a file's name without its suffix: `SEQUENCE_NUMBER` or `NUMBER`; None when it ends in no number.

    Only what holds a digit tells sequences apart: `frame_0012` has none, `2021-03-05_run2_0012` has one.
    """
    match = _NUMBERED.fullmatch(stem)
    if match is None:
        return None
    before = match[1].strip("-_. ")
    return RoadsawName(before if any(letter.isdigit() for letter in before) else "", int(match[2]))
