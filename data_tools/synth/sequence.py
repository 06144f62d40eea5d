"""Sequences of road conditions within one drive, and the labels that hold when."""

from typing import NamedTuple

from data_tools.errors import InputError
from data_tools.synth.conditions import CONDITIONS, Condition

Sequence = tuple[tuple[Condition, float], ...]
"""Conditions and how many seconds each lasts."""


class Interval(NamedTuple):
    """Say which label holds from `start_s` on, up to but without `end_s`."""

    start_s: float
    end_s: float
    label: Condition


def parse_sequence(text: str) -> Sequence:
    """Read a sequence as the command line writes it.

    Raises:
        InputError: The text is no list of CONDITION:SECONDS.

    Examples:
        >>> parse_sequence("dry:8,wet:4.5")
        (('dry', 8.0), ('wet', 4.5))
    """
    return tuple(_parse_part(part.strip(), text) for part in text.split(","))


def total_s(sequence: Sequence) -> float:
    """Return how long a sequence lasts."""
    return sum(seconds for _, seconds in sequence)


def label_intervals(sequence: Sequence, transition_s: float, *, label_transitions: bool) -> list[Interval]:
    """List when which label holds.

    Args:
        sequence: Conditions and their durations.
        transition_s: Seconds that two neighbours take to blend, half of them on each side of their border.
        label_transitions: Give a transition the label of the condition that dominates,
            half of it each; otherwise it has none.

    Returns:
        One interval for each entry of the sequence, rounded to microseconds.
    """
    intervals, start_s = [], 0.0
    for index, (condition, seconds) in enumerate(sequence):
        end_s = start_s + seconds
        before = index > 0 and sequence[index - 1][0] != condition
        after = index + 1 < len(sequence) and sequence[index + 1][0] != condition
        margin_s = 0.0 if label_transitions else transition_s / 2
        first, last = start_s + margin_s * before, end_s - margin_s * after
        intervals.append(Interval(round(first, 6), round(last, 6), condition))
        start_s = end_s
    return intervals


def _parse_part(part: str, text: str) -> tuple[Condition, float]:
    """Read one CONDITION:SECONDS."""
    name, _, seconds = part.partition(":")
    for condition in CONDITIONS:
        if condition == name.strip():
            try:
                return condition, float(seconds)
            except ValueError:
                break
    raise InputError(
        f"sequence {text!r}: expected CONDITION:SECONDS separated by commas with conditions {', '.join(CONDITIONS)}, "
        f"such as dry:8,wet:8,snow:8; got {part!r}"
    )
