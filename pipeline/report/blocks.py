"""Define the pieces that a section is made of; the template draws each kind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Cell:
    """Hold a table cell; `title` shows on hover, `code` sets it in a fixed-width font."""

    text: str
    title: str = ""
    code: bool = False


@dataclass(frozen=True)
class Column:
    """Name a table column; numbers are right-aligned."""

    name: str
    numeric: bool


@dataclass(frozen=True)
class Table:
    """Hold a table; the last row stands out when it is a total."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False


@dataclass(frozen=True)
class Facts:
    """Hold names and values that need no table head."""

    kind: ClassVar[str] = "facts"
    caption: str
    items: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True)
class Plot:
    """Hold inline SVG."""

    kind: ClassVar[str] = "plot"
    caption: str
    svg: str


@dataclass(frozen=True)
class HeatCell:
    """Hold one cell of a heat map with its colours."""

    count: str
    share: str
    background: str
    ink: str


@dataclass(frozen=True)
class HeatMap:
    """Hold an annotated confusion matrix."""

    kind: ClassVar[str] = "heat_map"
    caption: str
    classes: tuple[str, ...]
    rows: tuple[tuple[HeatCell, ...], ...]


@dataclass(frozen=True)
class Thumbnail:
    """Hold a small picture as a data URI."""

    uri: str
    name: str


@dataclass(frozen=True)
class Gallery:
    """Hold sample pictures of one class."""

    kind: ClassVar[str] = "gallery"
    caption: str
    width_px: int
    height_px: int
    pictures: tuple[Thumbnail, ...]


@dataclass(frozen=True)
class Note:
    """Hold a sentence; a warning stands out."""

    kind: ClassVar[str] = "note"
    text: str
    warning: bool = False


@dataclass(frozen=True)
class Fold:
    """Hide a long block behind its summary."""

    kind: ClassVar[str] = "fold"
    summary: str
    blocks: "tuple[Block, ...]"


@dataclass(frozen=True)
class Beside:
    """Put blocks side by side where the page is wide enough."""

    kind: ClassVar[str] = "beside"
    blocks: "tuple[Block, ...]"


Block = Table | Facts | Plot | HeatMap | Gallery | Note | Fold | Beside


@dataclass(frozen=True)
class Section:
    """Hold a section of the page."""

    anchor: str
    title: str
    lead: str
    blocks: tuple[Block, ...]


def text(name: str) -> Column:
    """Name a left-aligned column."""
    return Column(name, numeric=False)


def number(name: str) -> Column:
    """Name a right-aligned column."""
    return Column(name, numeric=True)


def table(
    caption: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell | str]], *, total: bool = False
) -> Table:
    """Build a table; plain strings become cells."""
    cells = tuple(tuple(_cell(value) for value in row) for row in rows)
    return Table(caption, tuple(columns), cells, total)


def facts(caption: str, items: Iterable[tuple[str, Cell | str]]) -> Facts:
    """Build a list of facts; plain strings become cells."""
    return Facts(caption, tuple((name, _cell(value)) for name, value in items))


def digest(sha256: str) -> Cell:
    """Show the first 12 digits of a sha256, the whole on hover."""
    return Cell(sha256[:12], title=sha256, code=True)


def _cell(value: Cell | str) -> Cell:
    return Cell(value) if isinstance(value, str) else value
