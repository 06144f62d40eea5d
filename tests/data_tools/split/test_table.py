"""Reading a data set's tables as columns."""

from pathlib import Path

import numpy as np
import pytest

from data_tools.dataset.records import write_records
from data_tools.duplicates.pairs import NearDuplicate
from data_tools.errors import InputError
from data_tools.split.table import read_table
from tests.data_tools.pictures import CLASSES
from tests.data_tools.split.records import near, record, table_of

ROWS = [
    record("a", "wet", 0, "one", camera="front", time_s=12.5),
    record("b", "dry", 0, "two", time_s=3.0),
    record("a", "wet", 1, "one", camera="front"),
]


def test_columns_are_codes(tmp_path: Path):
    copy = NearDuplicate("wet/a/0.png", "x/copy.png", "a", "gone", 0, mirrored=False, similarity=1.0)
    table = table_of(tmp_path, ROWS, [near(ROWS[0], ROWS[1]), copy])
    assert table.paths == [row.path for row in ROWS]
    assert table.label.tolist() == [1, 0, 1]
    assert [table.source_names[code] for code in table.source] == ["one", "two", "one"]
    assert [table.drive_names[code] for code in table.drive] == ["a", "b", "a"]
    assert table.camera.tolist() == [0, -1, 0]
    assert np.array_equal(table.time_s, [12.5, 3.0, np.nan], equal_nan=True)
    assert [bytes(item).ljust(32, b"\0").hex() for item in table.sha256] == [row.sha256 for row in ROWS]
    assert table.pairs.tolist() == [[1, 0], [0, 3]]
    assert [table.drive_names[code] for code in table.copy_drive] == ["gone"]


@pytest.mark.parametrize(
    ("line", "replacement", "message"),
    [
        ("wet,one,a", "mud,one,a", "expected the classes dry, wet, snow, got 'mud'"),
        (",12.5,", ",noon,", "time_s: expected seconds or nothing"),
        ("dry/b/0.png", "wet/a/0.png", "names a path twice"),
        (",3.0,", ",", "row 2: expected 18 fields, got 17"),
        (",time_s,", ",time,", "expected the columns path, label, source, group, camera, time_s, sha256, got"),
        (ROWS[0].sha256, "ab", "sha256: expected 64 hexadecimal digits, got 'ab'"),
        (ROWS[0].sha256, "x" * 64, "sha256: expected hexadecimal digits"),
    ],
)
def test_malformed_tables_are_one_line_errors(line: str, replacement: str, message: str, tmp_path: Path):
    path = tmp_path / "records.csv"
    write_records(path, ROWS)
    text = path.read_text()
    assert line in text
    path.write_text(text.replace(line, replacement, 1))
    with pytest.raises(InputError) as caught:
        read_table(path, None, CLASSES)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
