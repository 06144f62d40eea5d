"""Choose what a protocol by source trains on, tests on and leaves out."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt

from data_tools.errors import InputError
from data_tools.split.config import SplitConfig
from data_tools.split.table import PictureTable

TRAIN_SIDE, TEST_SIDE, NO_SIDE = 0, 1, -1


def choose_sides(config: SplitConfig, table: PictureTable) -> npt.NDArray[np.int8]:
    """Return the side of every picture, (n,): trained on (0), tested on (1) or in neither (−1).

    Raises:
        InputError: A pattern matches no source, a source is on both sides, a side has no source, or a drive has
            pictures of a test source and of others.
    """
    side_of = _sides_of_sources(config, table.source_names)
    sides = np.array([side_of[name] for name in table.source_names], np.int8)[table.source]
    tested, other = (np.unique(table.drive[chosen]) for chosen in (sides == TEST_SIDE, sides != TEST_SIDE))
    astride = sorted(table.drive_names[code] for code in np.intersect1d(tested, other).tolist())
    if astride:
        raise InputError(f"split.test_sources: the group '{astride[0]}' has pictures of test and of other sources")
    return sides


def _sides_of_sources(config: SplitConfig, names: Sequence[str]) -> dict[str, int]:
    """Return the side of every source."""
    sources = sorted(names)
    if not config.test_sources:
        return dict.fromkeys(sources, TRAIN_SIDE)
    tested = _matching("test_sources", config.test_sources, sources)
    trained = (
        _matching("train_sources", config.train_sources, sources) if config.train_sources else set(sources) - tested
    )
    both = sorted(tested & trained)
    if both:
        raise InputError(f"split.train_sources: '{both[0]}' is a test source too; choose one side for it")
    if not trained:
        raise InputError(
            f"split.test_sources: every source ({', '.join(sources)}) is a test source; none is left to train"
        )
    side_of = dict.fromkeys(sources, NO_SIDE)
    return {**side_of, **dict.fromkeys(trained, TRAIN_SIDE), **dict.fromkeys(tested, TEST_SIDE)}


def _matching(key: str, patterns: tuple[str, ...], sources: Sequence[str]) -> set[str]:
    """Return the sources that match a pattern."""
    for pattern in patterns:
        if not any(fnmatchcase(source, pattern) for source in sources):
            raise InputError(f"split.{key}: '{pattern}' matches no source; there are: {', '.join(sources)}")
    return {source for source in sources if any(fnmatchcase(source, pattern) for pattern in patterns)}
