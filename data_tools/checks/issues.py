"""Hold what the checks found, one row a finding, and read and write it as a table."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from data_tools.artifacts.csv_table import iterate_table, write_table

QUARANTINE, REPORT = "quarantine", "report"


class IssueRecord(NamedTuple):
    """Say what is wrong with one file.

    Attributes:
        path: The file, as the source lists it.
        issue: Name of the issue type.
        action: `quarantine`: left out of the data set. `report`: stays in it.
        score: 0..1, higher is worse (4 decimals).
        detail: The measured value, or the twin's path.
    """

    path: str
    issue: str
    action: str
    score: float
    detail: str


def quarantined(issues: Iterable[IssueRecord]) -> frozenset[str]:
    """Return the paths that an issue keeps out of the data set."""
    return frozenset(row.path for row in issues if row.action == QUARANTINE)


def write_issues(path: Path, issues: Iterable[IssueRecord]) -> None:
    """Write the table as CSV, sorted by path and issue, atomically."""
    write_table(path, IssueRecord._fields, ((*row[:3], f"{row.score:.4f}", row.detail) for row in sorted(issues)))


def read_issues(path: Path) -> list[IssueRecord]:
    """Read the table.

    Raises:
        InputError: The file is missing, or its columns or rows are not those of `IssueRecord`.
    """
    return list(iterate_table(path, IssueRecord._fields, _row))


def _row(fields: list[str]) -> IssueRecord:
    """Turn one line's fields into a record."""
    path, issue, action, score_text, detail = fields
    if not path or not issue:
        raise ValueError(f"expected a path and an issue, got '{path}' and '{issue}'")
    if action not in (QUARANTINE, REPORT):
        raise ValueError(f"expected the action {QUARANTINE} or {REPORT}, got '{action}'")
    try:
        score = float(score_text)
    except ValueError as error:
        raise ValueError(f"expected a score from 0 to 1, got '{score_text}'") from error
    if not 0 <= score <= 1:
        raise ValueError(f"expected a score from 0 to 1, got '{score_text}'")
    return IssueRecord(path, issue, action, score, detail)
