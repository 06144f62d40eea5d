"""Open the split that a new one carries on."""

import logging
from collections.abc import Mapping
from pathlib import Path

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import check_payload, load_artifact
from data_tools.errors import CheckFailedError, InputError
from data_tools.split.artifact import SplitArtifact
from data_tools.split.config import SplitConfig
from data_tools.split.ledger import Ledger, read_ledger
from data_tools.split.parts import PARTS, Part

_LOG = logging.getLogger("roadgrip")


def open_previous(path: Path, config: SplitConfig, classes: tuple[str, ...]) -> tuple[Ledger, str]:
    """Return an earlier split's ledger, and the digest of its split.json.

    Raises:
        InputError: The split is missing or malformed, or was made with other classes, seed, shares or protocol.
        CheckFailedError: Its tables were changed.
    """
    earlier = load_artifact(SplitArtifact, path)
    check_payload(earlier, path.parent)
    for name, before, now in (
        ("classes", ", ".join(earlier.classes), ", ".join(classes)),
        ("seed", earlier.seed, config.seed),
        ("fractions", _shown(earlier.fractions), _shown({part: getattr(config.fractions, part) for part in PARTS})),
        ("test_sources", ", ".join(earlier.test_sources) or "none", ", ".join(config.test_sources) or "none"),
        ("train_sources", ", ".join(earlier.train_sources) or "none", ", ".join(config.train_sources) or "none"),
    ):
        if before != now:
            raise InputError(
                f"{path}: made with {name} {before}, but {now} is asked for now; a split can only be carried on with "
                f"the same {name}: restore it, or split anew without the earlier split"
            )
    return read_ledger(path.parent / earlier.ledger.path), sha256_file(path)


def carried_on(path: Path | None, config: SplitConfig, classes: tuple[str, ...]) -> Path | None:
    """Return an earlier split if a new one can carry it on; else say in the log why all is dealt anew.

    Args:
        path: The split that a run made before, if it made one.
        config: Of the new split.
        classes: Of the data set.
    """
    if path is None:
        return None
    try:
        open_previous(path, config, classes)
    except (InputError, CheckFailedError) as error:
        _LOG.warning("split: dealt anew, for the run's earlier split cannot be carried on: %s", error)
        return None
    return path


def _shown(fractions: Mapping[Part, float]) -> str:
    """Return shares as text."""
    return ", ".join(f"{part} {fractions[part]:g}" for part in PARTS)
