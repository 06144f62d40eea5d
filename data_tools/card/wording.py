"""Write numbers and names for a Markdown page."""

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&])")
_LISTED = 12


def amount(count: int, noun: str) -> str:
    """Write a count with its noun.

    Examples:
        >>> amount(1, "drive"), amount(1200, "drive")
        ('1 drive', '1,200 drives')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def percent(share: float) -> str:
    """Write a share in per cent with one decimal.

    Examples:
        >>> percent(0.4694)
        '46.9 %'
    """
    return f"{100 * share:.1f} %"


def code(name: str) -> str:
    r"""Write a name in fixed width, or escaped where it would break out of it.

    Examples:
        >>> code("dry"), code("a|b")
        ('`dry`', 'a\\|b')
    """
    return escaped(name) if set(name) & set("\\`|\n\r") or not name.strip() else f"`{name}`"


def escaped(text: str) -> str:
    """Write text so that Markdown shows it as it is, in a table too."""
    return " ".join(_SPECIAL.sub(r"\\\1", text).split())


def listed(names: Iterable[str]) -> str:
    """Join names with commas; of many, the first twelve and how many more."""
    found = list(names)
    more = [f"and {len(found) - _LISTED:,} more"] if len(found) > _LISTED else []
    return ", ".join(found[:_LISTED] + more)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> list[str]:
    """Return a Markdown table's lines; columns after the first `left` are right-aligned."""
    rules = ["---" if index < left else "---:" for index in range(len(columns))]
    return [f"| {' | '.join(row)} |" for row in (columns, rules, *rows)] + [""]
