"""Read the training history, whichever columns a method writes."""

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

from data_tools.errors import InputError

_NOT_LOSSES = frozenset({"epoch", "learning_rate", "seconds"})


@dataclass(frozen=True)
class History:
    """Hold the table as written, and its numeric columns; None stands for an empty or infinite cell."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    epochs: tuple[float, ...]
    columns: dict[str, tuple[float | None, ...]]

    def accuracies(self) -> dict[str, tuple[float | None, ...]]:
        """Return the accuracy columns."""
        return {name: values for name, values in self.columns.items() if "accuracy" in name}

    def losses(self) -> dict[str, tuple[float | None, ...]]:
        """Return the loss columns: every numeric column that is neither an accuracy nor bookkeeping."""
        return {
            name: values
            for name, values in self.columns.items()
            if "accuracy" not in name and name not in _NOT_LOSSES and not name.startswith("learning_rate")
        }

    def seconds(self) -> float | None:
        """Return the training time, where it was recorded."""
        values = self.columns.get("seconds")
        return sum(value for value in values if value is not None) if values else None


def read_history(path: Path) -> History:
    """Read a history table.

    Raises:
        InputError: The file cannot be read, or holds no epoch.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error.__class__.__name__})") from error
    table = [row for row in csv.reader(io.StringIO(text)) if row]
    if len(table) < 2:
        raise InputError(f"{path}: expected a header and a row for each epoch, got {len(table)} rows")
    names, rows = table[0], table[1:]
    for number, row in enumerate(rows, start=2):
        if len(row) != len(names):
            raise InputError(f"{path}: row {number}: expected {len(names)} cells, got {len(row)}")
    columns = {
        name: values
        for position, name in enumerate(names)
        if (values := _numbers([row[position] for row in rows])) is not None
    }
    epochs = columns.get("epoch", ())
    return History(
        names=tuple(names),
        rows=tuple(tuple(row) for row in rows),
        epochs=tuple(float(index) if value is None else value for index, value in enumerate(epochs))
        or tuple(float(index) for index in range(len(rows))),
        columns=columns,
    )


def _numbers(cells: list[str]) -> tuple[float | None, ...] | None:
    """Return a column's numbers, or None where it has none or holds text."""
    try:
        values = [float(cell) if cell.strip() else math.nan for cell in cells]
    except ValueError:
        return None
    finite = tuple(value if math.isfinite(value) else None for value in values)
    return finite if any(value is not None for value in finite) else None
