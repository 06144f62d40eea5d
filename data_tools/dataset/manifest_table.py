"""List pictures from a CSV table with the columns path, label, source, group."""

import csv
from pathlib import Path, PurePosixPath

from data_tools.dataset.candidates import Candidate, Listing, check_label, check_root, is_usable
from data_tools.errors import InputError

COLUMNS = ("path", "label", "source", "group")


def list_manifest(path: Path, classes: tuple[str, ...]) -> Listing:
    """List the rows of a manifest.

    Args:
        path: The table, or a folder that holds `manifest.csv`.
        classes: Class names.

    Returns:
        The candidates in the table's order. An empty source becomes `unknown`, an empty group the picture's path.

    Raises:
        InputError: The table is missing, empty or malformed, a label is unknown, a path leaves the table's folder
            or appears twice, or a class has no row.
    """
    table = path / "manifest.csv" if path.is_dir() else path
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
            if missing:
                raise InputError(
                    f"{table}: expected the columns {', '.join(COLUMNS)}; missing: {', '.join(missing)} "
                    f"(found: {', '.join(reader.fieldnames or []) or 'none'})"
                )
            rows = [(reader.line_num, {name: (row[name] or "").strip(" \t") for name in COLUMNS}) for row in reader]
    except FileNotFoundError as error:
        raise InputError(f"{table}: expected a manifest (CSV: {', '.join(COLUMNS)}); it does not exist") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table}: expected a CSV table, but it cannot be read ({error})") from error
    candidates: list[Candidate] = []
    seen: set[str] = set()
    for number, row in rows:
        where = f"{table}, line {number}"
        for column, value in row.items():
            if not is_usable(value):
                raise InputError(f"{where}: expected a {column} without control characters, got {value!a}")
        name = PurePosixPath(row["path"])
        if not row["path"] or name.is_absolute() or ".." in name.parts:
            raise InputError(f"{where}: expected a path below the table's folder, got '{row['path']}'")
        if name.as_posix() in seen:
            raise InputError(f"{where}: '{name}' is listed twice")
        seen.add(name.as_posix())
        check_label(row["label"], classes, where)
        path_text = name.as_posix()
        candidates.append(Candidate(path_text, row["label"], row["source"] or "unknown", row["group"] or path_text))
    empty = [label for label in classes if not any(item.label == label for item in candidates)]
    if empty:
        raise InputError(f"{table}: expected pictures of every class; none of: {', '.join(empty)}")
    check_root(table.parent)
    return Listing(table.parent, candidates, [])
