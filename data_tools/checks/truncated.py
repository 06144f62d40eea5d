"""Files that break off."""

from data_tools.checks.registry import register


@register
class Truncated:
    """The file ends before the picture does."""

    name = "truncated"
    title = "Truncated"
    meaning = "The file breaks off before the picture's end, so a part of it would be grey."
    advice = "Copy it anew from where it came; a recorder that lost power leaves such files."
