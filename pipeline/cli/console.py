"""Show progress and tables on the terminal."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from data_tools.progress import Progress

OUT = Console(soft_wrap=True)
ERR = Console(stderr=True, soft_wrap=True)


PLAIN_INTERVAL_S = 15.0
REDRAW_INTERVAL_S = 0.1


@contextmanager
def bars() -> Iterator[Progress]:
    """Give a progress on standard error: bars on a terminal, else a plain line every `PLAIN_INTERVAL_S` seconds."""
    if not ERR.is_terminal:
        yield plain_lines(time.monotonic)
        return
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    # Drawn on a report, never from a thread of its own: that would disturb what the latency stage times.
    display = Bars(*columns, console=ERR, transient=True, auto_refresh=False)
    tasks: dict[str, TaskID] = {}
    drawn = 0.0

    def show(done: int, total: int, what: str) -> None:
        nonlocal drawn
        if not tasks:
            display.start()  # not before the first report: training shows a bar of its own
        if what not in tasks:
            tasks[what] = display.add_task(what, total=total)
        display.update(tasks[what], completed=done, total=total)
        if done == total or time.monotonic() - drawn >= REDRAW_INTERVAL_S:
            drawn = time.monotonic()
            display.refresh()

    try:
        yield show
    finally:
        display.stop()


def plain_lines(clock: Callable[[], float]) -> Progress:
    """Return a progress that prints a line for long work, and nothing for work that ends sooner."""
    last = clock()

    def show(done: int, total: int, what: str) -> None:
        nonlocal last
        if clock() - last >= PLAIN_INTERVAL_S:
            last = clock()
            ERR.print(f"  {what}: {done} of {total}", markup=False, highlight=False)

    return show


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """Print a table on standard output; `right` names the columns to align right."""
    # Text, not str: names come from files, and rich would read '[/x]' in a str as markup.
    grid = Table(title=Text(title, style="table.title"), title_justify="left", header_style="bold")
    for index, name in enumerate(columns):
        grid.add_column(name, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    OUT.print(grid, markup=False)
