"""Read the table that says what a drive's video shows when."""

import bisect
import csv
import math
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError
from data_tools.sources.candidates import is_usable

COLUMNS = ("start_s", "end_s", "label")


class Interval(NamedTuple):
    """Hold one half-open stretch of time: `start_s` ≤ t < `end_s`, from the video's first frame."""

    start_s: float
    end_s: float
    label: str
    line: int


def read_intervals(table: Path) -> list[Interval]:
    """Read a label table (CSV: start_s, end_s, label), sorted by time.

    Raises:
        InputError: The table is missing or malformed, a time is no finite number or below zero, an interval is empty,
            or two overlap; the message names the lines.
    """
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
            if missing:
                raise InputError(
                    f"{table}: expected the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)} "
                    f"(found: {', '.join(reader.fieldnames or []) or 'none'})"
                )
            intervals = [_interval(table, reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table}: expected a CSV table, but it cannot be read ({error})") from error
    if not intervals:
        raise InputError(f"{table}: expected at least one interval, found none")
    intervals.sort()
    for before, after in pairwise(intervals):
        if after.start_s < before.end_s:
            raise InputError(
                f"{table}, lines {before.line} and {after.line}: expected intervals that do not overlap, got "
                f"[{before.start_s:g}, {before.end_s:g}) and [{after.start_s:g}, {after.end_s:g})"
            )
    return intervals


def label_at(intervals: list[Interval], time_s: float) -> str | None:
    """Return the label at a time; None where no interval covers it."""
    index = bisect.bisect_right(intervals, time_s, key=lambda item: item.start_s) - 1
    return intervals[index].label if index >= 0 and time_s < intervals[index].end_s else None


def check_within(intervals: list[Interval], end_s: float, table: Path) -> None:
    """Raise when an interval starts after the video's end; one that ends later is cut there.

    Raises:
        InputError: It does: the table belongs to another video, or its times are no seconds.
    """
    for item in intervals:
        if item.start_s >= end_s:
            raise InputError(
                f"{table}, line {item.line}: expected a start before the video's end at {end_s:.3f} s, got "
                f"{item.start_s:g} s; is it the table of another video, or in other units?"
            )


def _interval(table: Path, line: int, row: dict[str, str]) -> Interval:
    """Check one row."""
    where = f"{table}, line {line}"
    start_s, end_s = (_seconds(where, name, row[name]) for name in COLUMNS[:2])
    label = (row["label"] or "").strip()
    if not label or not is_usable(label):
        raise InputError(f"{where}: expected a label without control characters, got {label!a}")
    if start_s >= end_s:
        raise InputError(f"{where}: expected start_s before end_s, got {start_s:g} and {end_s:g}")
    return Interval(start_s, end_s, label, line)


def _seconds(where: str, name: str, text: str | None) -> float:
    """Read a time."""
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise InputError(f"{where}: expected {name} in seconds from the video's start, got '{text or ''}'")
    return value
