"""The ledger: what is written is recognised, by bytes first, then by path."""

from pathlib import Path

import numpy as np
import pytest

from data_tools.errors import InputError
from data_tools.split.csv_columns import write_rows
from data_tools.split.ledger import COLUMNS, EMPTY, ledger_rows, read_ledger, recognise
from tests.data_tools.split.records import record, table_of

ROWS = [record("a", "dry", index) for index in range(4)]


def test_bytes_count_before_paths(tmp_path: Path):
    table = table_of(tmp_path / "old", ROWS)
    part = np.array([0, 1, -1, 3], np.int8)
    write_rows(tmp_path / "ledger.csv", COLUMNS, ledger_rows(EMPTY, table, part, {"a": 2}))
    ledger = read_ledger(tmp_path / "ledger.csv")
    assert (len(ledger.paths), ledger.part.tolist(), ledger.drives) == (3, [0, 1, 3], {"a": 2})
    now = [
        ROWS[0]._replace(path="renamed.png"),
        ROWS[1]._replace(sha256="f" * 62 + "00"),
        ROWS[2],
        ROWS[3]._replace(path=ROWS[0].path),
    ]
    found = recognise(ledger, table_of(tmp_path / "new", now))
    assert found.part.tolist() == [0, 1, -1, 3]
    assert found.moved.tolist() == [True, False, False, True]


def test_what_is_gone_is_carried_on(tmp_path: Path):
    table = table_of(tmp_path / "old", ROWS)
    write_rows(tmp_path / "a.csv", COLUMNS, ledger_rows(EMPTY, table, np.array([0, 1, 2, 3], np.int8), {"a": 1}))
    fewer = table_of(tmp_path / "new", [record("b", "wet"), ROWS[1]])
    rows = ledger_rows(read_ledger(tmp_path / "a.csv"), fewer, np.array([3, 1], np.int8), {"b": 3})
    write_rows(tmp_path / "b.csv", COLUMNS, rows)
    ledger = read_ledger(tmp_path / "b.csv")
    assert ledger.drives == {"a": 1, "b": 3}
    assert dict(zip(ledger.paths, ledger.part.tolist(), strict=True)) == {
        "wet/b/0.png": 3,
        "dry/a/0.png": 0,
        "dry/a/1.png": 1,
        "dry/a/2.png": 2,
        "dry/a/3.png": 3,
    }


def test_an_empty_ledger_knows_nothing(tmp_path: Path):
    write_rows(tmp_path / "ledger.csv", COLUMNS, [])
    assert read_ledger(tmp_path / "ledger.csv").paths == []
    assert recognise(EMPTY, table_of(tmp_path / "d", ROWS)).part.tolist() == [-1] * 4


@pytest.mark.parametrize(
    "row", [("pic", "x", "0" * 64, "train"), ("picture", "x", "0" * 64, ""), ("picture", "x", "0", "val")]
)
def test_a_malformed_row_is_refused(row: tuple[str, ...], tmp_path: Path):
    write_rows(tmp_path / "ledger.csv", COLUMNS, [row])
    with pytest.raises(InputError, match="expected pictures and drives with a part each"):
        read_ledger(tmp_path / "ledger.csv")


def test_a_copy_beside_the_picture_it_copies_is_told_from_one_that_had_a_part(tmp_path: Path):
    copies = [ROWS[0]._replace(path=f"copy{index}.png") for index in range(3)]
    table = table_of(tmp_path / "old", [*ROWS[:2], *copies])
    write_rows(tmp_path / "a.csv", COLUMNS, ledger_rows(EMPTY, table, np.array([0, 1, 0, -1, 0], np.int8), {}))
    ledger = read_ledger(tmp_path / "a.csv")
    found = recognise(ledger, table)
    assert found.part.tolist() == [0, 1, 0, 0, 0]
    assert found.moved.tolist() == found.copied.tolist() == [False, False, False, True, False]
    alone = recognise(ledger, table_of(tmp_path / "new", [copies[1], ROWS[1]]))
    assert (alone.moved.tolist(), alone.copied.tolist()) == ([True, False], [False, False])
