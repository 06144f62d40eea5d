"""Find files with the same bytes: merge those with one label, set those with two aside."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from data_tools.checks.config import ChecksConfig
from data_tools.checks.issues import QUARANTINE, IssueRecord
from data_tools.checks.twins import name_twin


class HashedPicture(Protocol):
    """A picture with its label and the digest of its bytes, such as a PictureRecord."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102


def exact_duplicate_issues(pictures: Iterable[HashedPicture], config: ChecksConfig) -> list[IssueRecord]:
    """Return the issues of files with the same bytes.

    Of files with one label the first by path stays and the others are exact duplicates. Files with two labels are all
    label conflicts, for no one can say which label is right; only where such conflicts are not quarantined, their
    further copies are exact duplicates, too.

    Args:
        pictures: All usable pictures, in any order.
        config: The actions of `exact_duplicate` and `label_conflict`.

    Returns:
        The issues sorted by path.
    """
    by_hash: defaultdict[str, list[HashedPicture]] = defaultdict(list)
    for picture in sorted(pictures, key=lambda row: row.path):
        by_hash[picture.sha256].append(picture)
    issues: list[IssueRecord] = []
    for same in by_hash.values():
        if len(same) == 1:
            continue
        conflict = len({picture.label for picture in same}) > 1 and config.label_conflict.action != "off"
        if conflict:
            issues.extend(_conflict(picture, same, config.label_conflict.action) for picture in same)
        merged = not (conflict and config.label_conflict.action == QUARANTINE)
        if merged and config.exact_duplicate.action != "off":
            detail = name_twin("same bytes", same[0].path)
            issues.extend(
                IssueRecord(copy.path, "exact_duplicate", config.exact_duplicate.action, 1.0, detail)
                for copy in same[1:]
            )
    return sorted(issues)


def _conflict(picture: HashedPicture, same: list[HashedPicture], action: str) -> IssueRecord:
    """Describe one of several equal files with different labels; its twin is the first with another label."""
    other = next(twin for twin in same if twin.label != picture.label)
    detail = name_twin(f"the same bytes are labelled {picture.label} and {other.label}", other.path)
    return IssueRecord(picture.path, "label_conflict", action, 1.0, detail)
