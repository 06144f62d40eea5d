"""Tables of records: round trips of any text and number, and files that are no such table."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings

from data_tools.dataset.facts import PictureFacts
from data_tools.dataset.records import COLUMNS, PictureRecord, iterate_records, read_records, write_records
from data_tools.errors import InputError
from tests.data_tools.dataset.drawn_records import ROW, Records

SETTINGS = settings(deadline=None, max_examples=60)
HEADER = ",".join(COLUMNS)
LINE = f"a,dry,s,g,{'0' * 64},20,30,front,1.25,asphalt,png,6,0.5,0.25,1.5,7,0.125,0000000000000000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records")


@SETTINGS
@given(Records)
def test_round_trip(folder: Path, rows: list[PictureRecord]):
    write_records(folder / "r.csv", rows)
    assert read_records(folder / "r.csv") == rows
    assert list(iterate_records(folder / "r.csv")) == rows


def test_table_is_plain_csv(folder: Path):
    write_records(folder / "plain.csv", [ROW])
    assert (folder / "plain.csv").read_text() == f"{HEADER}\n{LINE}\n"
    with (folder / "plain.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (row["time_s"], row["orientation"]) == ("1.25", "6")


def test_facts_are_the_measured_fields():
    assert ROW.facts == PictureFacts(20, 30, "png", 6, 0.5, 0.25, 1.5, 7, 0.125, "0" * 16)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "expected the columns"),
        ("path,label\n", "expected the columns"),
        (f"{HEADER.replace('phash', 'hash')}\n", "expected the columns"),
        (f"{HEADER}\n{LINE.replace('20,30', 'x,30')}\n", "line 2: "),
        (f"{HEADER}\n{LINE.replace('1.25', 'noon')}\n", "line 2: "),
        (f"{HEADER}\n{LINE}\na,dry,s\n", "line 3: expected 18 fields, got 3"),
        (f"{HEADER}\n{LINE},1\n", "line 2: expected 18 fields, got 19"),
        (f"{HEADER}\n{LINE.replace('g,000', 'g,00')}\n", "line 2: sha256: expected 64 hexadecimal digits"),
        (f"{HEADER}\n{LINE.replace('g,000', 'g,00G')}\n", "line 2: sha256: expected 64 hexadecimal digits"),
        (f"{HEADER}\n{LINE}0\n", "line 2: phash: expected 16 hexadecimal digits"),
        (f"{HEADER}\n{LINE}\n".encode() + b"\xff\n", "expected a CSV table"),
        (f'{HEADER}\n"{"a" * 200_000}\n', "expected a CSV table"),
    ],
)
def test_other_tables_are_one_line(text: str | bytes, expected: str, tmp_path: Path):
    path = tmp_path / "r.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=expected) as caught:
        read_records(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_missing_table(tmp_path: Path):
    with pytest.raises(InputError, match=r"r\.csv: cannot be read"):
        read_records(tmp_path / "r.csv")
