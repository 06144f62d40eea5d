"""Label tables: half-open intervals, and the lines of their faults."""

from pathlib import Path

import pytest

from data_tools.errors import InputError
from data_tools.sources.video_labels import Interval, check_within, label_at, read_intervals

HEADER = "start_s,end_s,label\n"


def table(folder: Path, text: str) -> Path:
    path = folder / "d.csv"
    path.write_text(text)
    return path


def test_rows_are_sorted_and_half_open(tmp_path: Path):
    path = table(tmp_path, "label,note,end_s,start_s\nwet,x,4,2.5\n dry ,,2,0\nice,,5,4\n")
    intervals = read_intervals(path)
    assert intervals == [Interval(0, 2, "dry", 3), Interval(2.5, 4, "wet", 2), Interval(4, 5, "ice", 4)]
    times = (0, 1.999, 2, 2.4, 2.5, 3.999, 4, 4.999, 5, 99)
    assert [label_at(intervals, time_s) for time_s in times] == [
        *("dry", "dry", None, None, "wet", "wet", "ice", "ice", None, None)
    ]
    assert label_at(intervals, -0.1) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("start_s,label\n0,dry\n", "missing: end_s (found: start_s, label)"),
        (HEADER, "expected at least one interval, found none"),
        (HEADER + "0,1,dry\n1,x,wet\n", "line 3: expected end_s in seconds from the video's start, got 'x'"),
        (HEADER + "nan,1,dry\n", "line 2: expected start_s in seconds"),
        (HEADER + "0,inf,dry\n", "line 2: expected end_s in seconds"),
        (HEADER + "-1,1,dry\n", "line 2: expected start_s in seconds from the video's start, got '-1'"),
        (HEADER + "0\n", "line 2: expected end_s in seconds from the video's start, got ''"),
        (HEADER + "1,1,dry\n", "line 2: expected start_s before end_s, got 1 and 1"),
        (HEADER + "0,1,\n", "line 2: expected a label without control characters, got ''"),
        (HEADER + "5,7,dry\n0,1,wet\n6.5,8,wet\n", "lines 2 and 4: expected intervals that do not overlap, got [5, 7)"),
        (HEADER + "0,9,dry\n1,2,dry\n", "lines 2 and 3: expected intervals that do not overlap"),
    ],
)
def test_fault_is_named_with_its_line(text: str, expected: str, tmp_path: Path):
    with pytest.raises(InputError) as caught:
        read_intervals(table(tmp_path, text))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_table(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        read_intervals(tmp_path / "d.csv")


def test_interval_may_end_after_the_video_and_not_start_there():
    path = Path("d.csv")
    check_within([Interval(0, 99, "dry", 2)], 10.0, path)
    with pytest.raises(
        InputError, match=r"d\.csv, line 7: expected a start before the video's end at 10\.000 s, got 10 s"
    ):
        check_within([Interval(0, 9, "dry", 2), Interval(10, 11, "dry", 7)], 10.0, path)
