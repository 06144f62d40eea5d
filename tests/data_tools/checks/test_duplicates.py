"""Equal bytes and near duplicates: which copy stays, who is the twin, and what two labels mean."""

from itertools import permutations
from typing import NamedTuple

import pytest

from data_tools.checks.config import ChecksConfig
from data_tools.checks.exact_duplicates import exact_duplicate_issues
from data_tools.checks.issues import IssueRecord, quarantined
from data_tools.checks.near_duplicates import near_duplicate_issues
from data_tools.checks.twins import name_twin, twin_of, without_twin
from data_tools.duplicates.pairs import NearDuplicate

CONFIG = ChecksConfig()


class Row(NamedTuple):
    path: str
    label: str
    sha256: str


def pair(left: str, right: str, similarity: float = 0.9, mirrored: bool = False) -> NearDuplicate:
    return NearDuplicate(left, right, "g", "h", 3, mirrored, similarity)


def test_first_by_path_stays_in_any_order():
    rows = [Row("a", "dry", "1"), Row("b", "dry", "1"), Row("c", "dry", "1"), Row("d", "wet", "2")]
    for order in permutations(rows):
        assert exact_duplicate_issues(order, CONFIG) == [
            IssueRecord("b", "exact_duplicate", "quarantine", 1.0, "same bytes; twin: a"),
            IssueRecord("c", "exact_duplicate", "quarantine", 1.0, "same bytes; twin: a"),
        ]


def test_two_labels_quarantine_all_copies():
    rows = [Row("a", "dry", "1"), Row("b", "dry", "1"), Row("c", "wet", "1"), Row("d", "wet", "2")]
    issues = exact_duplicate_issues(rows, CONFIG)
    assert quarantined(issues) == {"a", "b", "c"}
    assert [(row.path, row.issue, twin_of(row.detail)) for row in issues] == [
        ("a", "label_conflict", "c"),
        ("b", "label_conflict", "c"),
        ("c", "label_conflict", "a"),
    ]
    assert issues[0].detail == "the same bytes are labelled dry and wet; twin: c"


def test_conflict_that_is_only_reported_still_merges_copies():
    config = ChecksConfig.model_validate({"label_conflict": {"action": "report"}})
    issues = exact_duplicate_issues([Row("a", "dry", "1"), Row("b", "wet", "1")], config)
    assert [(row.path, row.issue, row.action) for row in issues] == [
        ("a", "label_conflict", "report"),
        ("b", "exact_duplicate", "quarantine"),
        ("b", "label_conflict", "report"),
    ]


def test_off_is_silent():
    config = ChecksConfig.model_validate({"exact_duplicate": {"action": "off"}})
    assert exact_duplicate_issues([Row("a", "dry", "1"), Row("b", "dry", "1")], config) == []
    config = ChecksConfig.model_validate(
        {"near_duplicate": {"action": "off"}, "label_conflict": {"near_action": "off"}}
    )
    assert near_duplicate_issues([pair("a", "b")], {"a": "dry", "b": "wet"}, config) == []


def test_no_pictures():
    assert exact_duplicate_issues([], CONFIG) == []
    assert near_duplicate_issues([], {}, CONFIG) == []


def test_later_member_names_its_most_alike_twin():
    labels = dict.fromkeys("abc", "dry")
    issues = near_duplicate_issues([pair("a", "b"), pair("a", "c", 0.8), pair("b", "c", 0.95, True)], labels, CONFIG)
    assert issues == [
        IssueRecord("b", "near_duplicate", "report", 0.9, "similarity 0.90; twin: a"),
        IssueRecord("c", "near_duplicate", "report", 0.95, "similarity 0.95, mirrored, and 1 more; twin: b"),
    ]


def test_near_duplicates_with_two_labels_report_both():
    issues = near_duplicate_issues(
        [pair("a", "b", 0.87), pair("c", "d")], {"a": "dry", "b": "wet", "c": "wet", "d": "wet"}, CONFIG
    )
    conflicts = [row for row in issues if row.issue == "label_conflict"]
    assert conflicts == [
        IssueRecord(
            "a", "label_conflict", "report", 0.87, "labelled dry, its near duplicate wet, similarity 0.87; twin: b"
        ),
        IssueRecord(
            "b", "label_conflict", "report", 0.87, "labelled wet, its near duplicate dry, similarity 0.87; twin: a"
        ),
    ]
    assert [row.path for row in issues if row.issue == "near_duplicate"] == ["b", "d"]


def test_conflict_names_a_twin_with_the_other_label():
    labels = {"a": "dry", "b": "dry", "c": "wet"}
    issues = near_duplicate_issues([pair("a", "b", 0.99), pair("b", "c", 0.9)], labels, CONFIG)
    assert {row.path: twin_of(row.detail) for row in issues if row.issue == "label_conflict"} == {"b": "c", "c": "b"}


def test_pair_without_a_label_raises():
    with pytest.raises(KeyError, match="b"):
        near_duplicate_issues([pair("a", "b")], {"a": "dry"}, CONFIG)


def test_twin_is_found_again_whatever_its_path():
    for path in ("dry/a.jpg", "x; twin: y.jpg", "mit Umlaut ä, b.jpg"):
        detail = name_twin("similarity 0.90", path)
        assert twin_of(detail) == path
        assert without_twin(detail) == "similarity 0.90"
    assert twin_of("sharpness 0.3") is None
    assert without_twin("sharpness 0.3") == "sharpness 0.3"
