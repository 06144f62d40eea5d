"""The configuration: round trip, unknown keys, and what cannot be turned off."""

import json

import pytest
from pydantic import ValidationError

from data_tools.checks.config import ChecksConfig
from data_tools.validation import describe


def test_round_trip_of_defaults_and_changes():
    changed = ChecksConfig.model_validate(
        {"blurred": {"action": "off", "min_sharpness": 0.3}, "label_conflict": {"near_action": "quarantine"}}
    )
    for config in (ChecksConfig(), changed):
        assert ChecksConfig.model_validate_json(config.model_dump_json()) == config
    assert changed != ChecksConfig()
    assert changed.actions()["blurred"] == "off"


def test_json_has_a_section_with_an_action_for_each_issue():
    shown = json.loads(ChecksConfig().model_dump_json())
    assert all("action" in section for section in shown.values())
    assert {name: section["action"] for name, section in shown.items()} == ChecksConfig().actions()


@pytest.mark.parametrize("name", ["unreadable", "truncated", "too_large", "too_small"])
@pytest.mark.parametrize("action", ["off", "report"])
def test_what_makes_a_picture_unusable_stays_on(name: str, action: str):
    with pytest.raises(ValidationError, match=name):
        ChecksConfig.model_validate({name: {"action": action}})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"blured": {}}, "blured: unknown key; did you mean 'blurred'"),
        ({"blurred": {"min_sharpnes": 0.3}}, "blurred.min_sharpnes: unknown key; did you mean 'min_sharpness'"),
        ({"dark": {"action": "delete"}}, "dark.action: expected"),
        ({"dark": {"min_mean_plus_std": 1.5}}, "dark.min_mean_plus_std"),
        ({"too_large": {"max_pixels": 10**9}}, "too_large.max_pixels"),
        ({"too_small": {"min_side_px": 15}}, "too_small.min_side_px"),
        ({"odd_aspect": {"max_ratio": 0.5}}, "odd_aspect.max_ratio"),
        ({"label_error": {"action": "quarantine"}}, "label_error.action"),
        ({"bright": {"max_brightness": float("nan")}}, "bright.max_brightness"),
    ],
)
def test_refuses(value: dict[str, object], expected: str):
    with pytest.raises(ValidationError) as caught:
        ChecksConfig.model_validate(value)
    assert describe(caught.value, ChecksConfig).startswith(expected)


def test_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        ChecksConfig().dark.action = "off"
