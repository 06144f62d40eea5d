"""List pictures from a table with the columns path, label, source, group."""

from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from data_tools.errors import InputError
from data_tools.sources.candidates import Candidate, Listing, SourceContext, check_root, is_usable
from data_tools.sources.coverage import check_every_class, label_candidates
from data_tools.sources.fingerprint import tree_fingerprint
from data_tools.sources.manifest_rows import read_rows
from data_tools.sources.registry import register_source
from data_tools.sources.seconds import optional_seconds

MANIFEST_NAMES = ("manifest.csv", "manifest.parquet")


@register_source("manifest")
class ManifestSource(BaseModel):
    """Read a table (CSV or Parquet) with the columns path, label, source, group, and maybe camera and time_s."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["manifest"]
    path: Path = Field(description="the table, or a folder that holds manifest.csv or manifest.parquet")

    def offer(self, context: SourceContext) -> Listing:
        """List the rows (see `list_manifest`)."""
        return list_manifest(self.path, context)

    def fingerprint(self) -> str:
        """Return a digest of every file below the table's folder."""
        return tree_fingerprint(self.path)


def list_manifest(path: Path, context: SourceContext) -> Listing:
    """List the rows of a manifest; picture paths start from the table's folder.

    Args:
        path: The table, or a folder that holds one of `MANIFEST_NAMES`.
        context: Classes and label map.

    Returns:
        The candidates in the table's order. An empty source becomes `unknown`, an empty group the picture's path.

    Raises:
        InputError: The table is missing, empty or malformed, a label is neither a class nor in the label map, a path
            leaves the table's folder or appears twice, or a class has no row.
    """
    table = _table(path)
    found: list[Candidate] = []
    seen: set[str] = set()
    for place, row in read_rows(table):
        candidate = _candidate(row, f"{table}, {place}")
        if candidate.path in seen:
            raise InputError(f"{table}, {place}: '{candidate.path}' is listed twice")
        seen.add(candidate.path)
        found.append(candidate)
    labelled = label_candidates(found, context, str(table))
    check_every_class(labelled.candidates, context, str(table))
    check_root(table.parent)
    return Listing({"": table.parent}, labelled.candidates, [], labelled.skipped)


def _table(path: Path) -> Path:
    """Return the table, which a folder stands for."""
    if not path.is_dir():
        return path
    return next((path / name for name in MANIFEST_NAMES if (path / name).is_file()), path / MANIFEST_NAMES[0])


def _candidate(row: dict[str, str], where: str) -> Candidate:
    """Check one row; `label` holds the table's own label."""
    for column, value in row.items():
        if not is_usable(value):
            raise InputError(f"{where}: expected a {column} without control characters, got {value!a}")
    name = PurePosixPath(row["path"])
    if not row["path"] or name.is_absolute() or ".." in name.parts:
        raise InputError(f"{where}: expected a path below the table's folder, got '{row['path']}'")
    if not row["label"]:
        raise InputError(f"{where}: expected a label, got nothing")
    path = name.as_posix()
    time_s = optional_seconds(row.get("time_s", ""), "time_s", where)
    return Candidate(
        path, row["label"], row["source"] or "unknown", row["group"] or path, row.get("camera", ""), time_s
    )
