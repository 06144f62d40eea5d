from pathlib import Path

import pytest

from data_tools.duplicates.pairs import NearDuplicate, read_near_duplicates, write_near_duplicates
from data_tools.errors import InputError

ROWS = [
    NearDuplicate("a/1.jpg", "b/1.jpg", "a", "b", 0, False, 1.0),
    NearDuplicate('a/"x", y.jpg', "é.jpg", "a", "", 6, True, 0.8123),
]
HEADER = "path_a,path_b,group_a,group_b,distance,mirrored,similarity\n"


def test_round_trip(tmp_path: Path) -> None:
    table = tmp_path / "near_duplicates.csv"
    write_near_duplicates(table, ROWS)
    assert read_near_duplicates(table) == ROWS
    assert table.read_text().splitlines()[:2] == [HEADER.strip(), "a/1.jpg,b/1.jpg,a,b,0,false,1.0000"]


def test_an_empty_table_has_a_header(tmp_path: Path) -> None:
    write_near_duplicates(tmp_path / "t.csv", [])
    assert (tmp_path / "t.csv").read_text() == HEADER
    assert read_near_duplicates(tmp_path / "t.csv") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the columns"),
        ("path_a,path_b\n", "expected the columns"),
        (HEADER + "a,b,g,h,1,true\n", "line 2: expected 7 fields, got 6"),
        (HEADER + "a,b,g,h,1,true,0.9,x\n", "expected 7 fields, got 8"),
        (HEADER + "b,a,g,h,1,true,0.9\n", "expected path_a before path_b"),
        (HEADER + "a,b,g,h,65,true,0.9\n", "distance: expected a whole number from 0 to 64, got '65'"),
        (HEADER + "a,b,g,h,-1,true,0.9\n", "distance"),
        (HEADER + "a,b,g,h,1,True,0.9\n", "mirrored: expected true or false, got 'True'"),
        (HEADER + "a,b,g,h,1,true,1.1\n", "similarity"),
        (HEADER + "a,b,g,h,1,true,nan\n", "similarity"),
        (HEADER + "a,b,g,h,1,true,high\n", "similarity"),
        (HEADER + '"a', "expected a CSV table"),
    ],
)
def test_malformed_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_near_duplicates(tmp_path / "t.csv")


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_near_duplicates(tmp_path / "none.csv")
    (tmp_path / "t.csv").write_bytes(HEADER.encode() + b"\xff")
    with pytest.raises(InputError, match="expected a CSV table"):
        read_near_duplicates(tmp_path / "t.csv")
