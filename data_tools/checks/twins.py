"""Name the other picture of a pair in an issue's detail, and find it there again."""

_MARK = "; twin: "


def name_twin(text: str, twin: str) -> str:
    """Return a detail that ends in the twin's path.

    Examples:
        >>> name_twin("same bytes", "dry/a.jpg")
        'same bytes; twin: dry/a.jpg'
    """
    return f"{text}{_MARK}{twin}"


def twin_of(detail: str) -> str | None:
    """Return the twin's path that a detail names, or None.

    Examples:
        >>> twin_of("same bytes; twin: dry/a.jpg")
        'dry/a.jpg'
    """
    _, mark, twin = detail.partition(_MARK)
    return twin if mark else None


def without_twin(detail: str) -> str:
    """Return a detail without its twin."""
    return detail.partition(_MARK)[0]
