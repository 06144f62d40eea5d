"""Report progress of long work without knowing who shows it."""

from typing import Protocol


class Progress(Protocol):
    """Receive how many of how many steps are done."""

    def __call__(self, done: int, total: int, what: str) -> None:
        """Take a report; `what` names the work, such as 'rendering pictures'."""
        ...


def silent(done: int, total: int, what: str) -> None:
    """Ignore the report."""
