"""The split's configuration: shares sum to one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from data_tools.split.config import Fractions, SplitConfig


def test_defaults_sum_to_one():
    fractions = Fractions()
    assert fractions.train + fractions.val + fractions.calibration + fractions.test == pytest.approx(1)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(1, 97), min_size=4, max_size=4))
def test_shares_are_accepted_just_when_they_sum_to_one(percent: list[int]):
    values = dict(zip(("train", "val", "calibration", "test"), (value / 100 for value in percent), strict=True))
    if sum(percent) == 100:
        Fractions(**values)
        return
    with pytest.raises(ValidationError, match="expected train"):
        Fractions(**values)


@pytest.mark.parametrize("share", [0, 1, -0.1, float("nan")])
def test_every_part_needs_a_share(share: float):
    with pytest.raises(ValidationError, match="test"):
        Fractions(train=0.7, val=0.2, calibration=0.1, test=share)


@pytest.mark.parametrize("value", [{"seed": -1}, {"sed": 1}, {"seed": "x"}, {"test_sources": "car"}, {"fractions": 3}])
def test_wrong_keys_and_types(value: dict[str, object]):
    with pytest.raises(ValidationError, match=next(iter(value))):
        SplitConfig.model_validate(value)


def test_train_sources_need_test_sources():
    assert SplitConfig(test_sources=("a",), train_sources=("b",)).train_sources == ("b",)
    with pytest.raises(ValidationError, match="train_sources: expected test_sources beside it"):
        SplitConfig(train_sources=("b",))


@pytest.mark.parametrize(
    "value", [{"tolerance": 0}, {"tolerance": 1.1}, {"guard_gap_s": -1}, {"guard_gap_s": float("inf")}]
)
def test_tolerance_and_guard_gap_have_limits(value: dict[str, float]):
    with pytest.raises(ValidationError, match=next(iter(value))):
        SplitConfig.model_validate(value)
