"""Print and keep the figures of a benchmark."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.host import fingerprint
from data_tools.artifacts.atomic import write_text


class Figure(NamedTuple):
    """Hold one measured number, and the bound it should keep, if there is one."""

    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def reached(self) -> bool:
        """Tell whether the number keeps its bounds."""
        above = self.at_least is None or self.value >= self.at_least
        return above and (self.at_most is None or self.value <= self.at_most)


def print_figures(title: str, figures: Sequence[Figure]) -> int:
    """Print figures as a table and return the exit status: 1 when a bound is not kept."""
    print(title)
    for figure in figures:
        bound = ""
        if figure.at_least is not None:
            bound = f"  (at least {figure.at_least:.2f}: {'reached' if figure.reached else 'NOT REACHED'})"
        elif figure.at_most is not None:
            bound = f"  (at most {figure.at_most:.2f}: {'reached' if figure.reached else 'NOT REACHED'})"
        print(f"  {figure.name:<48}{figure.value:>12.2f} {figure.unit}{bound}")
    return 0 if all(figure.reached for figure in figures) else 1


def write_figures(path: Path, title: str, figures: Sequence[Figure]) -> int:
    """Print figures, and keep them as JSON with the host they were measured on."""
    value = {
        "benchmark": title,
        "host": fingerprint().model_dump(mode="json"),
        "figures": [{**figure._asdict(), "reached": figure.reached} for figure in figures],
    }
    write_text(path, json.dumps(value, indent=2) + "\n")
    return print_figures(title, figures)
