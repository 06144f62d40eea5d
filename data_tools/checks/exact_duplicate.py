"""Copies of a file that is kept already."""

from data_tools.checks.registry import register


@register
class ExactDuplicate:
    """Further copies of the same bytes."""

    name = "exact_duplicate"
    title = "Exact duplicate"
    meaning = "The file has the same bytes as another one with the same label, which stays."
    advice = "Nothing to do; the copies are left out."
