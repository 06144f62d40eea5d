"""The registry: complete, in order, and strict about names."""

import pytest

import data_tools.checks
from data_tools.checks import registry
from data_tools.checks.config import ChecksConfig
from data_tools.checks.registry import get, names, picture_checks, register
from data_tools.errors import InputError
from tests.data_tools.checks.pictures import GOOD


def test_every_section_has_an_issue_type_and_the_other_way_round():
    assert names() == tuple(ChecksConfig.model_fields)
    assert sorted(names()) == sorted(data_tools.checks.__all__)


@pytest.mark.parametrize("name", names())
def test_every_entry_describes_itself(name: str):
    issue = get(name)
    assert issue.name == name
    assert issue.title == issue.title.strip().capitalize()
    for text in (issue.meaning, issue.advice):
        assert text.endswith(".")
        assert 20 < len(text) <= 120
        assert text.isascii()
    assert ChecksConfig().actions()[name] in {"quarantine", "report"}


@pytest.mark.parametrize("check", picture_checks(), ids=lambda check: check.name)
def test_every_check_is_silent_on_a_good_picture(check: registry.PictureCheck):
    assert check.examine(GOOD, ChecksConfig()) is None


def test_picture_checks_are_those_that_facts_can_show():
    assert [check.name for check in picture_checks()] == [
        "too_large", "too_small", "low_information", "dark", "bright", "blurred", "grayscale", "odd_aspect",
        "orientation_tag",
    ]  # fmt: skip


def test_default_actions():
    kept_out = {name for name, action in ChecksConfig().actions().items() if action == "quarantine"}
    assert kept_out == {
        "unreadable", "truncated", "too_large", "too_small", "low_information", "exact_duplicate", "label_conflict",
    }  # fmt: skip


def test_unknown_name_lists_the_closest_first():
    with pytest.raises(InputError, match="did you mean 'blurred'"):
        get("blured")
    with pytest.raises(InputError, match="unknown issue type 'x'"):
        get("x")


def test_a_name_is_registered_once_and_needs_a_section():
    class Dark:
        name, title, meaning, advice = "dark", "Dark", "It is dark.", "Light it."

    with pytest.raises(ValueError, match="registered already"):
        register(Dark)
    Dark.name = "darkness"
    with pytest.raises(ValueError, match="did you mean 'dark'"):
        register(Dark)
    assert names() == tuple(ChecksConfig.model_fields)
