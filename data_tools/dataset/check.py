"""Describe what a check of a source found."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from data_tools.artifacts.model import Record
from data_tools.checks.issues import IssueRecord
from data_tools.duplicates.pairs import NearDuplicate


class CheckReport(Record):
    """Count the usable pictures of each class and list every issue; `near_duplicates` names the pairs."""

    schema_version: Literal[2]
    pictures_by_class: dict[str, int]
    quarantined_by_issue: dict[str, int]
    reported_by_issue: dict[str, int]
    issues: tuple[IssueRecord, ...]
    near_duplicates: tuple[NearDuplicate, ...]

    @classmethod
    def of(
        cls, pictures_by_class: dict[str, int], issues: Iterable[IssueRecord], pairs: Iterable[NearDuplicate]
    ) -> "CheckReport":
        """Summarise what an examination found."""
        found = tuple(issues)
        return cls(
            schema_version=2,
            pictures_by_class=pictures_by_class,
            quarantined_by_issue=_by_issue(found, "quarantine"),
            reported_by_issue=_by_issue(found, "report"),
            issues=found,
            near_duplicates=tuple(pairs),
        )


def _by_issue(issues: Iterable[IssueRecord], action: str) -> dict[str, int]:
    """Count the issues of one action by type."""
    return dict(sorted(Counter(item.issue for item in issues if item.action == action).items()))
