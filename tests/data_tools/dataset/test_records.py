"""Tables of records: round trips of any text, and files that are no such table."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.dataset.records import (
    PictureRecord,
    SetAsideRecord,
    read_records,
    read_set_aside,
    write_records,
    write_set_aside,
)
from data_tools.errors import InputError

Text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=8)
"""What a listing lets through: any text without control characters."""
SETTINGS = settings(deadline=None, max_examples=40)
ROW = PictureRecord(path="a", label="dry", source="s", group="g", sha256="0" * 64, height_px=20, width_px=30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records")


@SETTINGS
@given(st.lists(st.builds(PictureRecord, path=Text, label=Text, source=Text, group=Text, sha256=Text), max_size=4))
def test_records_round_trip(folder: Path, rows: list[PictureRecord]):
    write_records(folder / "r.csv", rows)
    assert read_records(folder / "r.csv") == rows


@SETTINGS
@given(st.lists(st.builds(SetAsideRecord, path=Text, reason=Text, detail=Text), max_size=4))
def test_set_aside_round_trip(folder: Path, rows: list[SetAsideRecord]):
    write_set_aside(folder / "s.csv", rows)
    assert read_set_aside(folder / "s.csv") == rows


def test_table_is_plain_csv(folder: Path):
    write_records(folder / "plain.csv", [ROW])
    lines = (folder / "plain.csv").read_text().split("\n")
    assert lines == ["path,label,source,group,sha256,height_px,width_px", f"a,dry,s,g,{'0' * 64},20,30", ""]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"path,label\n",
        b"path,reason,detail\n",
        b"path,label,source,group,sha256,height_px,width_px\na,dry,s,g,0,x,3\n",
        b"path,label,source,group,sha256,height_px,width_px\na,dry,s\n",
        b"path,label,source,group,sha256,height_px,width_px\na,dry,s,g,0,1,2,3\n",
        b"path,label,source,group,sha256,height_px,width_px\n\xff,dry,s,g,0,1,2\n",
    ],
)
def test_other_tables_are_one_line(data: bytes, tmp_path: Path):
    path = tmp_path / "r.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"r\.csv") as caught:
        read_records(path)
    assert "\n" not in str(caught.value)


def test_missing_table(tmp_path: Path):
    for read in (read_records, read_set_aside):
        with pytest.raises(InputError, match="cannot be read"):
            read(tmp_path / "r.csv")
