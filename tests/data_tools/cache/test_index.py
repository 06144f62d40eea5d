"""The index: round trips of any name, and files that are no index."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.cache.index import COLUMNS, CacheRow, read_index, write_index
from data_tools.errors import InputError

Text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=8)
Rows = st.lists(
    st.builds(CacheRow, path=Text, shard=Text, offset=st.integers(0, 2**40), crc32=st.integers(0, 2**32 - 1)),
    max_size=5,
)
HEADER = ",".join(COLUMNS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index")


@settings(deadline=None, max_examples=60)
@given(Rows)
def test_round_trip(folder: Path, rows: list[CacheRow]):
    write_index(folder / "cache.csv", rows)
    assert read_index(folder / "cache.csv") == rows


def test_index_is_plain_csv(folder: Path):
    write_index(folder / "plain.csv", [CacheRow("dry/a, b.jpg", "shard-000000.tar", 640, 7)])
    assert (folder / "plain.csv").read_text() == f'{HEADER}\n"dry/a, b.jpg",shard-000000.tar,640,7\n'


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "expected the columns"),
        (b"path,shard,offset\n", "expected the columns"),
        (f"{HEADER}\na,s,1\n".encode(), "line 2: expected"),
        (f"{HEADER}\na,s,1,2\na,s,1,2,3\n".encode(), "line 3: expected"),
        (f"{HEADER}\na,s,here,2\n".encode(), "line 2: expected"),
        (f"{HEADER}\na,s,1,0x2\n".encode(), "line 2: expected"),
        (f"{HEADER}\na,s,-1,2\n".encode(), "line 2: expected"),
        (f"{HEADER}\n\xff,s,1,2\n".encode("latin-1"), "expected a CSV table"),
    ],
)
def test_other_tables_are_one_line(data: bytes, expected: str, tmp_path: Path):
    path = tmp_path / "cache.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=expected) as caught:
        read_index(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_missing_index(tmp_path: Path):
    with pytest.raises(InputError, match=r"cache\.csv: cannot be read"):
        read_index(tmp_path / "cache.csv")
