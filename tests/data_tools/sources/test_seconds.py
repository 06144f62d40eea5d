"""Times in tables."""

import pytest

from data_tools.errors import InputError
from data_tools.sources.seconds import optional_seconds


@pytest.mark.parametrize(("text", "expected"), [("", None), ("0", 0.0), ("-1.5", -1.5), ("1e3", 1000.0)])
def test_times(text: str, expected: float | None):
    assert optional_seconds(text, "time_s", "a.csv, line 2") == expected


@pytest.mark.parametrize("text", ["x", "nan", "inf", "1,5", " "])
def test_other_texts_are_refused(text: str):
    with pytest.raises(InputError, match=r"^a\.csv, line 2: expected time_s in seconds or nothing, got '"):
        optional_seconds(text, "time_s", "a.csv, line 2")
