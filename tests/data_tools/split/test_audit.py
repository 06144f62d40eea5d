"""The leak audit: every kind of leak planted in the table is found, and nothing is stored."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from data_tools.dataset.records import PictureRecord
from data_tools.duplicates.pairs import NearDuplicate
from data_tools.errors import CheckFailedError, InputError
from data_tools.split.assignment import COLUMNS
from data_tools.split.audit import AuditReport, audit
from data_tools.split.csv_columns import write_rows
from data_tools.split.ledger import COLUMNS as LEDGER
from data_tools.split.ledger import EMPTY, ledger_rows, read_ledger
from data_tools.split.parts import CODE_OF
from tests.data_tools.split.records import near, record, table_of

ROWS = [
    record("a", "dry", 0, camera="cam", time_s=0.0),
    record("a", "dry", 1, camera="cam", time_s=10.0),
    record("b", "wet", 0, camera="cam", time_s=30.0),
    record("c", "wet", 0, camera="cam", time_s=200.0),
    record("d", "snow", 0, camera="other", time_s=0.0),
    record("e", "snow", 0, time_s=0.0),
    record("f", "dry", 0, camera="cam"),
]
PAIRS = [near(ROWS[3], ROWS[4])]
CLEAN = ["train", "train", "train", "val", "val", "test", "test"]


def check(folder: Path, rows: list[tuple[str, str, str]], records: list[PictureRecord] | None = None) -> AuditReport:
    records = records or ROWS
    table = table_of(folder / "data", records, PAIRS if records == ROWS else [])
    write_rows(folder / "assignment.csv", COLUMNS, rows)
    return audit(folder / "assignment.csv", table, 30.0).seal(folder)


def assigned(parts: list[str]) -> list[tuple[str, str, str]]:
    return [(row.path, part, "" if part else "why") for row, part in zip(ROWS, parts, strict=True)]


def test_clean_split_counts_what_was_compared(tmp_path: Path):
    report = check(tmp_path, assigned(CLEAN))
    leaks = {name for name, value in report.model_dump().items() if value == 0}
    assert leaks == {
        "pictures_without_decision",
        "pictures_listed_twice",
        "unknown_pictures",
        "equal_bytes_across_parts",
        "drives_in_two_parts",
        "near_duplicates_across_parts",
        "camera_neighbours_across_parts",
        "groups_in_two_parts",
        "pictures_left_out",
    }
    assert (report.pictures_in_parts, report.drives_compared, report.groups_compared) == (7, 6, 4)
    assert (report.near_duplicates_compared, report.camera_neighbours_compared) == (1, 2)


def test_left_out_pictures_leak_nothing(tmp_path: Path):
    report = check(tmp_path, assigned(["train", "train", "", "val", "", "test", "test"]))
    assert (report.pictures_in_parts, report.pictures_left_out, report.near_duplicates_compared) == (5, 2, 0)


@pytest.mark.parametrize(
    ("position", "part", "kind"),
    [
        (1, "val", "1 drives in two parts"),
        (2, "val", "1 camera neighbours across parts"),
        (4, "train", "1 near duplicates across parts"),
        (5, "", ""),
        (5, "tset", "1 pictures without decision"),
    ],
)
def test_every_kind_of_leak_is_found(position: int, part: str, kind: str, tmp_path: Path):
    rows = assigned([part if index == position else name for index, name in enumerate(CLEAN)])
    if not kind:
        rows[position] = (ROWS[position].path, "", "")
        kind = "1 pictures without decision"
    with pytest.raises(CheckFailedError) as caught:
        check(tmp_path, rows)
    assert kind in str(caught.value)
    assert ROWS[position].path in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_repeated_and_unknown_rows_are_found(tmp_path: Path):
    rows = assigned(CLEAN)
    for changed, kind in (
        (rows[1:], "1 pictures without decision; such as dry/a/0.png"),
        ([*rows, rows[3]], "1 pictures listed twice; such as wet/c/0.png"),
        ([*rows, ("else.png", "train", "")], "1 unknown pictures; such as else.png"),
    ):
        with pytest.raises(CheckFailedError, match=kind):
            check(tmp_path, changed)


def test_equal_bytes_in_two_parts_are_found(tmp_path: Path):
    rows = [ROWS[3], ROWS[5]._replace(sha256=ROWS[3].sha256)]
    with pytest.raises(CheckFailedError, match=r"1 equal bytes across parts, 1 groups in two parts; such as wet/c/0"):
        check(tmp_path, [(rows[0].path, "train", ""), (rows[1].path, "test", "")], rows)


def test_order_of_the_rows_does_not_matter(tmp_path: Path):
    assert check(tmp_path, assigned(CLEAN)[::-1]) == check(tmp_path, assigned(CLEAN))


def test_a_leak_cannot_be_stored(tmp_path: Path):
    report = check(tmp_path, assigned(CLEAN)).model_dump()
    for name in ("drives_in_two_parts", "near_duplicates_across_parts", "unknown_pictures"):
        with pytest.raises(ValidationError, match=name):
            AuditReport.model_validate(report | {name: 1})


def test_a_table_with_other_columns_is_refused(tmp_path: Path):
    table = table_of(tmp_path / "data", ROWS, PAIRS)
    (tmp_path / "bad.csv").write_text("path,part\n")
    with pytest.raises(InputError, match="expected the columns path, part, reason, got path, part"):
        audit(tmp_path / "bad.csv", table, 30.0)


def star(*leaves: PictureRecord) -> list[NearDuplicate]:
    """Return near duplicates of a picture that was set aside."""
    return [
        NearDuplicate("a/hub.png", leaf.path, "hub", leaf.group, 0, mirrored=False, similarity=1.0) for leaf in leaves
    ]


@pytest.mark.parametrize("hub", ["set aside", "left out"])
def test_pictures_alike_through_one_in_no_part_are_found(hub: str, tmp_path: Path):
    pairs = star(ROWS[0], ROWS[5]) if hub == "set aside" else [near(ROWS[3], ROWS[4]), near(ROWS[4], ROWS[5])]
    table = table_of(tmp_path / "data", ROWS, pairs)
    parts = ["train", "train", "train", "val", "", "test", "test"]
    write_rows(tmp_path / "assignment.csv", COLUMNS, assigned(parts))
    with pytest.raises(CheckFailedError, match=r"1 near duplicates across parts; such as .* and snow/e/0.png \(test\)"):
        audit(tmp_path / "assignment.csv", table, 30.0).seal(tmp_path)


def test_only_what_an_earlier_split_knows_may_be_alike_through_one_in_no_part(tmp_path: Path):
    pairs = star(ROWS[3], ROWS[4], ROWS[5])
    table = table_of(tmp_path / "data", ROWS, pairs)
    parts = ["train", "train", "train", "val", "val", "test", "test"]
    write_rows(tmp_path / "assignment.csv", COLUMNS, assigned(parts))
    for known, leaks in (((3, 4, 5), 0), ((3, 5), 1), ((3, 4), 2), ((4, 5), 1)):
        codes = np.full(len(ROWS), -1, np.int8)
        codes[list(known)] = [CODE_OF[parts[index]] for index in known]
        write_rows(tmp_path / "ledger.csv", LEDGER, ledger_rows(EMPTY, table, codes, {}))
        found = audit(tmp_path / "assignment.csv", table, 30.0, read_ledger(tmp_path / "ledger.csv"))
        assert found.counts["near_duplicates_across_parts"] == leaks, known
        assert bool(found.examples) == bool(leaks)
