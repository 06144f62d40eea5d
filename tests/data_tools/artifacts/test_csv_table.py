"""Small tables: round trips, and every way a table can be wrong."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.artifacts.csv_table import iterate_table, write_table
from data_tools.errors import InputError

COLUMNS = ("name", "count")


def parse(fields: list[str]) -> tuple[str, int]:
    return fields[0], int(fields[1])


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.integers())))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int]]):
    path = tmp_path_factory.mktemp("table") / "deep" / "a.csv"
    write_table(path, COLUMNS, rows)
    assert list(iterate_table(path, COLUMNS, parse)) == rows


def test_bytes_are_the_same_on_every_system(tmp_path: Path):
    write_table(tmp_path / "a.csv", COLUMNS, [("ä,b", 1), ('"', 2)])
    assert (tmp_path / "a.csv").read_bytes() == 'name,count\n"ä,b",1\n"""",2\n'.encode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "expected the columns ['name', 'count'], got []"),
        (b"count,name\n", "expected the columns ['name', 'count'], got ['count', 'name']"),
        (b"name,count\na,1\nb\n", "line 3: expected 2 fields, got 1"),
        (b"name,count\na,1,2\n", "line 2: expected 2 fields, got 3"),
        (b"name,count\na,1\n\nb,2\n", "line 3: expected 2 fields, got 0"),
        (b"name,count\na,x\n", "line 2: invalid literal for int"),
        (b'name,count\n"a,1\n', "expected a CSV table"),
        (b"name,count\n\xff,1\n", "expected a CSV table"),
    ],
)
def test_wrong_tables_are_named(data: bytes, expected: str, tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        list(iterate_table(path, COLUMNS, parse))
    assert str(caught.value).startswith(str(path))
    assert expected in str(caught.value)


def test_missing_table(tmp_path: Path):
    with pytest.raises(InputError, match=r"a\.csv: cannot be read \(No such file"):
        list(iterate_table(tmp_path / "a.csv", COLUMNS, parse))


def test_rows_before_a_wrong_one_are_given(tmp_path: Path):
    (tmp_path / "a.csv").write_text("name,count\na,1\nb,x\n")
    rows = iterate_table(tmp_path / "a.csv", COLUMNS, parse)
    assert next(rows) == ("a", 1)
    with pytest.raises(InputError, match="line 3"):
        next(rows)
