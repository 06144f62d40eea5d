"""Read the tables of a quantisation search."""

import csv
from pathlib import Path
from typing import NamedTuple

from data_tools.errors import InputError

TIMINGS_NAME = "timings.csv"
_RECIPE_COLUMNS = {
    "target", "label", "accuracy_drop", "agreement", "confidence_change", "ece_change", "divergence_nats", "int8_share",
    "size_bytes", "breaches", "on_front", "chosen",
}  # fmt: skip
_TIMING_COLUMNS = {"target", "label", "ratio_to_fp32"}


class RecipeRow(NamedTuple):
    """Hold one recipe that was tried; shares, nats and bytes, `latency_ratio` over fp32's where it was timed."""

    target: str
    label: str
    accuracy_drop: float
    agreement: float
    confidence_change: float
    ece_change: float
    divergence_nats: float
    int8_share: float
    size_bytes: int
    within_budget: bool
    on_front: bool
    chosen: bool
    latency_ratio: float | None


def read_recipes(path: Path) -> tuple[RecipeRow, ...]:
    """Read recipes.csv, and the latencies of timings.csv beside it if there is one.

    recipes.csv is a payload file whose hash the caller has checked; timings.csv differs from run to run and has none.

    Raises:
        InputError: A table cannot be read, or lacks a column.
    """
    ratios = _ratios(path.with_name(TIMINGS_NAME))
    try:
        return tuple(_recipe(row, ratios) for row in _rows(path, _RECIPE_COLUMNS))
    except ValueError as error:
        raise InputError(f"{path}: expected numbers in the table of recipes ({error})") from error


def _recipe(row: dict[str, str], ratios: dict[tuple[str, str], float]) -> RecipeRow:
    """Turn a row's texts into values."""
    return RecipeRow(
        target=row["target"],
        label=row["label"],
        accuracy_drop=float(row["accuracy_drop"]),
        agreement=float(row["agreement"]),
        confidence_change=float(row["confidence_change"]),
        ece_change=float(row["ece_change"]),
        divergence_nats=float(row["divergence_nats"]),
        int8_share=float(row["int8_share"]),
        size_bytes=int(row["size_bytes"]),
        within_budget=not row["breaches"],
        on_front=row["on_front"] == "True",
        chosen=row["chosen"] == "True",
        latency_ratio=ratios.get((row["target"], row["label"])),
    )


def _ratios(path: Path) -> dict[tuple[str, str], float]:
    """Return latency over fp32's by target and recipe; empty without a table."""
    if not path.is_file():
        return {}
    try:
        timed = (row for row in _rows(path, _TIMING_COLUMNS) if row["ratio_to_fp32"])
        return {(row["target"], row["label"]): float(row["ratio_to_fp32"]) for row in timed}
    except ValueError as error:
        raise InputError(f"{path}: expected numbers in the table of latencies ({error})") from error


def _rows(path: Path, columns: set[str]) -> list[dict[str, str]]:
    """Return a table's rows by column."""
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            reader = csv.DictReader(stream, strict=True)
            missing = sorted(columns - set(reader.fieldnames or ()))
            if missing:
                raise InputError(f"{path}: expected the column {missing[0]}, got {reader.fieldnames}")
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: expected a CSV table, but it cannot be read ({error})") from error
    if any(None in row or None in row.values() for row in rows):
        raise InputError(f"{path}: expected as many fields in every row as there are columns")
    return rows
