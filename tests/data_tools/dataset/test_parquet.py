"""The Parquet table holds what the CSV table holds."""

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from data_tools.dataset.parquet import write_parquet
from data_tools.dataset.records import COLUMNS, PictureRecord, read_records, write_records
from data_tools.errors import MissingDependencyError
from tests.data_tools.dataset.drawn_records import ROW, Records

pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is in the extra `data`")


@settings(deadline=None, max_examples=60)
@given(Records)
def test_table_equals_csv(tmp_path_factory: pytest.TempPathFactory, rows: list[PictureRecord]):
    folder = tmp_path_factory.mktemp("parquet")
    write_records(folder / "r.csv", rows)
    write_parquet(folder / "r.parquet", rows)
    table = pq.read_table(folder / "r.parquet")
    assert tuple(table.column_names) == COLUMNS
    columns = [table[name].to_pylist() for name in COLUMNS]
    assert [PictureRecord(*row) for row in zip(*columns, strict=True)] == read_records(folder / "r.csv")


def test_many_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("data_tools.dataset.parquet._BATCH_ROWS", 7)
    rows = [ROW._replace(path=str(index), time_s=None if index % 3 else index / 7) for index in range(23)]
    write_parquet(tmp_path / "many.parquet", iter(rows))
    table = pq.read_table(tmp_path / "many.parquet")
    assert table["path"].to_pylist() == [row.path for row in rows]
    assert table["time_s"].to_pylist() == [row.time_s for row in rows]


def test_failing_write_leaves_nothing(tmp_path: Path):
    with pytest.raises(ValueError, match="too large"):
        write_parquet(tmp_path / "r.parquet", [ROW._replace(height_px=2**40)])
    assert list(tmp_path.iterdir()) == []


def test_missing_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingDependencyError, match=r"pip install '\.\[data\]'"):
        write_parquet(tmp_path / "r.parquet", [ROW])
