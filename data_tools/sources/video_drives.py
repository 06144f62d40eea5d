"""Find drive videos, their label tables, and what drives.csv says about them."""

import csv
from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError
from data_tools.sources.candidates import is_usable
from data_tools.sources.seconds import optional_seconds
from data_tools.sources.walk import visible

SUFFIXES = (".mp4", ".avi", ".mkv", ".mov", ".webm")
TABLE_NAME = "drives.csv"
_COLUMNS = ("video", "drive", "camera", "source", "started_at_s")


class Drive(NamedTuple):
    """Say what a video is a recording of; empty texts mean the default."""

    drive: str = ""
    camera: str = ""
    source: str = ""
    started_at_s: float | None = None


def find_videos(path: Path) -> list[str]:
    """Return the videos of a folder by path from it, sorted; a video stands for itself.

    Raises:
        InputError: The path does not exist, is no video, or holds none; or a name has control characters.
    """
    if path.is_file() and path.suffix.lower() in SUFFIXES:
        found = [path.name]
    elif path.is_dir():
        relative = (item.relative_to(path) for item in path.rglob("*") if item.suffix.lower() in SUFFIXES)
        found = sorted(item.as_posix() for item in relative if all(visible(part) for part in item.parts))
    else:
        found = []
    if not found:
        raise InputError(f"{path}: expected a video or a folder of videos ({', '.join(SUFFIXES)}), found none")
    bad = [name for name in found if not is_usable(name)]
    if bad:
        raise InputError(f"{path}: expected names in UTF-8 without control characters, got {bad[0]!a}; rename it")
    return found


def find_labels(video: Path) -> Path | None:
    """Return the label table beside a video: VIDEO.labels.csv, else VIDEO.csv; None when there is neither."""
    beside = (video.with_suffix(".labels.csv"), video.with_suffix(".csv"))
    return next((table for table in beside if table.is_file() and table.name != TABLE_NAME), None)


def read_drives(folder: Path, videos: list[str]) -> dict[str, Drive]:
    """Read the folder's drives.csv (columns video, drive, camera, source, started_at_s), if there is one.

    Only `video` must have a value: its path from the folder. Videos with one drive are parts of one recording.

    Returns:
        What the table says by video; videos that it does not list have the defaults.

    Raises:
        InputError: The table is malformed, or lists a video that is not there, or one twice.
    """
    table = folder / TABLE_NAME
    drives = dict.fromkeys(videos, Drive())
    if not table.is_file():
        return drives
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or [])]
            if missing:
                raise InputError(f"{table}: expected the columns {', '.join(_COLUMNS)}; missing: {', '.join(missing)}")
            rows = [(reader.line_num, {name: (row[name] or "").strip() for name in _COLUMNS}) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table}: expected a CSV table, but it cannot be read ({error})") from error
    seen: set[str] = set()
    for line, row in rows:
        where = f"{table}, line {line}"
        if row["video"] not in drives or row["video"] in seen:
            came = "it is listed twice" if row["video"] in seen else "there is none"
            raise InputError(f"{where}: expected a video of the folder, got '{row['video']}'; {came}")
        bad = [name for name, value in row.items() if not is_usable(value)]
        if bad:
            raise InputError(f"{where}: expected a {bad[0]} without control characters, got {row[bad[0]]!a}")
        seen.add(row["video"])
        started_at_s = optional_seconds(row["started_at_s"], "started_at_s", where)
        drives[row["video"]] = Drive(row["drive"], row["camera"], row["source"], started_at_s)
    return drives
