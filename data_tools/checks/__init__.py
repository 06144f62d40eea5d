"""Look for what is wrong with a picture or a set of pictures; one issue type a file."""

from data_tools.checks import (
    blurred,
    bright,
    dark,
    exact_duplicate,
    grayscale,
    label_conflict,
    label_error,
    low_information,
    near_duplicate,
    odd_aspect,
    orientation_tag,
    too_large,
    too_small,
    truncated,
    unreadable,
)

__all__ = [
    "blurred",
    "bright",
    "dark",
    "exact_duplicate",
    "grayscale",
    "label_conflict",
    "label_error",
    "low_information",
    "near_duplicate",
    "odd_aspect",
    "orientation_tag",
    "too_large",
    "too_small",
    "truncated",
    "unreadable",
]
