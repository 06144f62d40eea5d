"""Write the training's history, a row an epoch."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from data_tools.artifacts.atomic import write_text

HISTORY_NAME = "history.csv"
Row = Mapping[str, float | int]


def write_history(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as CSV in one go.

    Args:
        rows: At least one; all have the same columns: epoch, learning_rate, loss, loss_..., train_accuracy,
            val_accuracy, val_loss, val_accuracy_noisy (for a method with a noisy view), seconds.
        path: The file.
    """
    stream = io.StringIO()
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _text(value) for name, value in row.items()} for row in rows)
    write_text(path, stream.getvalue())


def _text(value: float) -> str:
    """Return a number as text: whole ones as they are, others with 6 significant digits."""
    return str(value) if isinstance(value, int) else f"{value:.6g}"
