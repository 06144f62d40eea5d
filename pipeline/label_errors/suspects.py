"""Read and write the table of suspected label errors."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, ValidationError

from data_tools.artifacts.csv_table import iterate_table, write_table
from data_tools.artifacts.model import Record
from data_tools.validation import describe

TABLE_NAME = "label_errors.csv"
DECIMALS = 4
"""What is written; the sixth differs between thread counts."""


class Suspect(Record):
    """Name one picture whose given label is doubtful; numbers are rounded to `DECIMALS`."""

    path: str
    label: str = Field(description="the given class")
    suggested: str = Field(description="the most probable class")
    label_probability: float = Field(ge=0, le=1, description="of the given class, out of fold")
    suggested_probability: float = Field(ge=0, le=1, description="of the most probable class, out of fold")
    score: float = Field(ge=0, le=1, description="higher = worse")


COLUMNS = tuple(Suspect.model_fields)


def write_suspects(path: Path, suspects: Iterable[Suspect]) -> None:
    """Write the table, atomically."""
    write_table(path, COLUMNS, (tuple(suspect.model_dump().values()) for suspect in suspects))


def read_suspects(path: Path) -> list[Suspect]:
    """Read the table.

    Raises:
        InputError: The file is missing, or its columns or rows are not those of `Suspect`.
    """
    return list(iterate_table(path, COLUMNS, _row))


def _row(fields: list[str]) -> Suspect:
    """Turn the text fields of one row into a record."""
    try:
        return Suspect.model_validate(dict(zip(COLUMNS, fields, strict=True)))
    except ValidationError as error:
        raise ValueError(describe(error, Suspect)) from error
