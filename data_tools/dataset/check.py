"""Describe what a check of a source found."""

from collections import Counter
from typing import Literal

from data_tools.artifacts.model import Record
from data_tools.dataset.records import SetAsideRecord
from data_tools.dataset.scan import Scan


class CheckReport(Record):
    """List the files that a build would set aside, and count the others."""

    schema_version: Literal[1]
    pictures_by_class: dict[str, int]
    set_aside_by_reason: dict[str, int]
    set_aside: tuple[SetAsideRecord, ...]

    @classmethod
    def of(cls, found: Scan) -> "CheckReport":
        """Summarise a scan."""
        return cls(
            schema_version=1,
            pictures_by_class=dict(sorted(Counter(row.label for row in found.records).items())),
            set_aside_by_reason=dict(sorted(Counter(row.reason for row in found.set_aside).items())),
            set_aside=tuple(found.set_aside),
        )
