"""Draw every picture of a data set card."""

import re
from collections.abc import Callable
from pathlib import Path

from data_tools.card.class_balance import class_balance
from data_tools.card.class_by_source import class_by_source
from data_tools.card.figure import Paint, draw_png
from data_tools.card.look import look
from data_tools.card.model import CardData
from data_tools.card.palette import colour_of
from data_tools.card.resolution import resolution
from data_tools.card.sheet import draw_sheet
from data_tools.card.wording import amount
from data_tools.progress import Progress, silent

PLOTS: dict[str, Callable[[CardData], tuple[tuple[float, float], Paint]]] = {
    "class_balance": class_balance,
    "class_by_source": class_by_source,
    "resolution": resolution,
    "look": look,
}


def draw_pictures(
    data: CardData, file_of: Callable[[str], Path], out_dir: Path, progress: Progress = silent
) -> dict[str, Path]:
    """Draw the plots and a sample sheet of each class.

    Args:
        data: The numbers.
        file_of: Returns the file of a picture of the data set.
        out_dir: Folder for the PNG files.
        progress: Told how many are drawn.

    Returns:
        The files by name: `class_balance`, …, and `samples <class>`.

    Raises:
        MissingDependencyError: matplotlib is not installed.
        UnreadablePictureError: A sample picture has gone or can no longer be decoded.
    """
    drawn: dict[str, Path] = {}
    total = len(PLOTS) + len(data.classes)
    for name, plot in PLOTS.items():
        size_in, paint = plot(data)
        drawn[name] = draw_png(out_dir / f"{name}.png", size_in, paint)
        progress(len(drawn), total, "drawing the card")
    for index, label in enumerate(data.classes):
        about = f"{len(data.samples[label]):,} of {amount(data.by_class[label], 'picture')}, drawn at random"
        target = out_dir / f"samples_{index}_{_file_name(label)}.png"
        drawn[f"samples {label}"] = draw_sheet(
            target, data.samples[label], file_of, title=label, about=about, colour=colour_of(index)
        )
        progress(len(drawn), total, "drawing the card")
    return drawn


def _file_name(label: str) -> str:
    """Return a class name that any file system and any link takes; the class's index before it keeps it unique."""
    return re.sub(r"[^A-Za-z0-9-]+", "_", label)[:40]
