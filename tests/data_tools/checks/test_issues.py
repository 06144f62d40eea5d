"""The table of findings: round trip, order, and files that are no such table."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.checks.issues import IssueRecord, quarantined, read_issues, write_issues
from data_tools.checks.summary import IssueCount, summarise
from data_tools.errors import InputError

Text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=8)
Rows = st.builds(
    IssueRecord,
    path=Text,
    issue=Text,
    action=st.sampled_from(["quarantine", "report"]),
    score=st.integers(0, 10_000).map(lambda value: value / 10_000),
    detail=Text | st.just(""),
)
HEADER = b"path,issue,action,score,detail\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("issues")


@settings(deadline=None, max_examples=60)
@given(st.lists(Rows, max_size=5))
def test_round_trip_sorted(folder: Path, rows: list[IssueRecord]):
    write_issues(folder / "issues.csv", rows)
    assert read_issues(folder / "issues.csv") == sorted(rows)


def test_table_is_plain_csv(folder: Path):
    write_issues(folder / "plain.csv", [IssueRecord("b.jpg", "dark", "report", 0.5, "x"),
                                        IssueRecord("a,1.jpg", "truncated", "quarantine", 1, "")])  # fmt: skip
    assert (folder / "plain.csv").read_bytes() == HEADER + (
        b'"a,1.jpg",truncated,quarantine,1.0000,\nb.jpg,dark,report,0.5000,x\n'
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "expected the columns"),
        (b"path,issue,action,score\n", "expected the columns"),
        (HEADER + b"a,dark,report,0.5\n", "line 2: expected 5 fields, got 4"),
        (HEADER + b"a,dark,report,0.5,x,y\n", "line 2: expected 5 fields, got 6"),
        (HEADER + b"a,dark,report,0.5,\n\n", "line 3: expected 5 fields, got 0"),
        (HEADER + b"a,dark,delete,0.5,\n", "line 2: expected the action quarantine or report, got 'delete'"),
        (HEADER + b"a,dark,report,high,\n", "line 2: expected a score from 0 to 1, got 'high'"),
        (HEADER + b"a,dark,report,1.5,\n", "line 2: expected a score from 0 to 1, got '1.5'"),
        (HEADER + b"a,dark,report,nan,\n", "line 2: expected a score from 0 to 1, got 'nan'"),
        (HEADER + b",dark,report,0.5,\n", "line 2: expected a path"),
        (HEADER + b"\xff,dark,report,0.5,\n", "cannot be read"),
        (HEADER + b'"a"b,dark,report,0.5,\n', "cannot be read"),
    ],
)
def test_other_tables_are_one_line(data: bytes, expected: str, tmp_path: Path):
    path = tmp_path / "issues.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"issues\.csv") as caught:
        read_issues(path)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_table(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        read_issues(tmp_path / "issues.csv")


def test_quarantined_and_summary():
    rows = [
        IssueRecord("a", "dark", "report", 0.5, ""),
        IssueRecord("b", "dark", "quarantine", 0.5, ""),
        IssueRecord("b", "truncated", "quarantine", 1, ""),
    ]
    assert quarantined(rows) == {"b"}
    counts = summarise(rows)
    assert counts["dark"] == IssueCount(quarantined=1, reported=1)
    assert counts["dark"].total == 2
    assert sum(count.total for count in counts.values()) == 3
    assert list(counts)[:2] == ["unreadable", "truncated"]
    with pytest.raises(InputError, match="unknown issue type 'darkish'"):
        summarise([IssueRecord("a", "darkish", "report", 0.5, "")])
