"""The check's report counts what an examination found."""

from data_tools.checks.issues import IssueRecord
from data_tools.dataset.check import CheckReport
from data_tools.duplicates.pairs import NearDuplicate


def test_counts_and_lists():
    issues = [
        IssueRecord("b", "truncated", "quarantine", 1.0, "cut"),
        IssueRecord("c", "dark", "report", 0.25, "dim"),
        IssueRecord("a", "truncated", "quarantine", 1.0, "cut"),
        IssueRecord("a", "label_conflict", "quarantine", 1.0, "two"),
        IssueRecord("d", "label_conflict", "report", 0.9, "alike"),
    ]
    pairs = [NearDuplicate("c", "d", "g", "h", 3, mirrored=True, similarity=0.875)]
    report = CheckReport.of({"wet": 2, "dry": 1}, iter(issues), iter(pairs))
    assert report.pictures_by_class == {"wet": 2, "dry": 1}
    assert list(report.quarantined_by_issue.items()) == [("label_conflict", 1), ("truncated", 2)]
    assert list(report.reported_by_issue.items()) == [("dark", 1), ("label_conflict", 1)]
    assert report.issues == tuple(issues)
    assert report.near_duplicates == tuple(pairs)
    assert CheckReport.model_validate_json(report.model_dump_json()) == report


def test_nothing_found():
    report = CheckReport.of({}, [], [])
    assert (report.quarantined_by_issue, report.reported_by_issue) == ({}, {})
    assert (report.issues, report.near_duplicates) == ((), ())
