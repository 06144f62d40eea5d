"""Files that give no picture at all."""

from data_tools.checks.registry import register


@register
class Unreadable:
    """The file cannot be listed, read or decoded."""

    name = "unreadable"
    title = "Unreadable"
    meaning = "The file is missing, empty, no picture, without a label, or of a name or kind that cannot be used."
    advice = "Copy it anew from where it came, convert it to JPEG or PNG, or delete it."
