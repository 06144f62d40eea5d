import doctest

import pytest

from pipeline.report import formatting


def test_examples_hold():
    results = doctest.testmod(formatting)
    assert results.attempted >= 8
    assert results.failed == 0


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, "0.00 points"), (-0.000001, "0.00 points"), (0.5, "+50.00 points")]
)
def test_points_have_no_negative_zero(value, expected):
    assert formatting.points(value) == expected
