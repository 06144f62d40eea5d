"""Count findings by issue type."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from data_tools.checks.issues import QUARANTINE, IssueRecord
from data_tools.checks.registry import get, names


class IssueCount(NamedTuple):
    """Count the files of one issue type that are left out and those that stay."""

    quarantined: int
    reported: int

    @property
    def total(self) -> int:
        """Return all findings."""
        return self.quarantined + self.reported


def summarise(issues: Iterable[IssueRecord]) -> dict[str, IssueCount]:
    """Return the counts of every registered issue type, zeros included, in the registry's order.

    Raises:
        InputError: An issue's name is unknown.
    """
    counts = Counter((get(row.issue).name, row.action == QUARANTINE) for row in issues)
    return {name: IssueCount(counts[name, True], counts[name, False]) for name in names()}
