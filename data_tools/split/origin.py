"""Notice when something is measured on another split than the one it was made from."""

import logging
from collections.abc import Iterable
from pathlib import Path

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import Parent

_LOG = logging.getLogger("roadgrip")


def warn_of_other_split(parents: Iterable[Parent], split_path: Path) -> bool:
    """Warn, and return True, when a split is not among an artifact's parents: its parts may overlap with training.

    Args:
        parents: Of the artifact that is about to be used with the split.
        split_path: The split's JSON.
    """
    known = {item.sha256 for item in parents if item.role == "split"}
    other = sha256_file(split_path) not in known
    if other:
        _LOG.warning("%s: is not the split that this was trained on; its parts may overlap with it", split_path)
    return other
