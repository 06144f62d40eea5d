"""Run a benchmark from the command line: check its numbers, measure, and keep the figures."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.figures import Figure, print_figures, write_figures
from data_tools.errors import RoadgripError


def count(text: str) -> int:
    """Read a whole number of at least 1, for argparse.

    Raises:
        ArgumentTypeError: It is none.
    """
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, got {text!r}")
    return number


def report(title: str, measure: Callable[[], Sequence[Figure]], out: Path | None) -> int:
    """Measure, print the figures, and write them where a file is named.

    Returns:
        The exit status: 1 when a bound is not kept, or that of an error, which is printed as one line.
    """
    try:
        figures = measure()
    except RoadgripError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return print_figures(title, figures) if out is None else write_figures(out, title, figures)
