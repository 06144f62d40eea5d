"""Read and write small CSV tables with a header line and one kind of row."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from data_tools.artifacts.atomic import write_text
from data_tools.errors import InputError

RowT = TypeVar("RowT")


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table, atomically; its lines end in a line feed on every system."""
    lines = _Lines()
    writer = csv.writer(lines, lineterminator=_Lines.END)
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, "".join(lines.texts))


class _Lines:
    """Take lines from a csv writer; with its own line end, Python before 3.13 would not quote a carriage return."""

    END = "\r\n"

    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, text: str) -> None:
        """Keep a line, with a line feed alone as its end."""
        self.texts.append(text.removesuffix(self.END) + "\n")


def iterate_table(path: Path, columns: Sequence[str], parse: Callable[[list[str]], RowT]) -> Iterator[RowT]:
    """Yield the rows of a table one by one.

    Args:
        path: The table.
        columns: The only header line that is accepted.
        parse: Turns as many fields as there are columns into a row, or raises ValueError with one line that says why
            it cannot.

    Raises:
        InputError: The file cannot be read, or its header or a row is not as expected; it names the line.
    """
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, [])
            if header != list(columns):
                raise InputError(f"{path}: expected the columns {list(columns)}, got {header}")
            for fields in reader:
                where = f"{path}, line {reader.line_num}"
                if len(fields) != len(columns):
                    raise InputError(f"{where}: expected {len(columns)} fields, got {len(fields)}")
                try:
                    row = parse(fields)
                except ValueError as error:
                    raise InputError(f"{where}: {error}") from error
                yield row
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: expected a CSV table, but it cannot be read ({error})") from error
