"""Checks of one picture: each fires on a picture made for it, at its threshold, and not on others."""

import cv2
import numpy as np
import pytest

from data_tools.checks.config import ChecksConfig
from data_tools.checks.examine import examine_picture
from data_tools.checks.issues import IssueRecord
from tests.data_tools.checks.pictures import GOOD, good_picture, grain, measured

CONFIG = ChecksConfig()
PICTURE = good_picture()
SIZE = PICTURE.shape[:2]
GREY = np.repeat(cv2.cvtColor(PICTURE, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
SPOILED = {
    "black": (PICTURE * 0.15, {"dark"}),
    "burnt": (PICTURE.astype(float) * 0.3 + 215, {"bright"}),
    "defocus": (cv2.GaussianBlur(PICTURE, (0, 0), 3), {"blurred"}),
    "motion": (cv2.filter2D(PICTURE, -1, np.eye(15) / 15), {"blurred"}),
    "grey": (GREY, {"grayscale"}),
    "lens cap": (np.full((*SIZE, 3), 6.0) + grain(*SIZE, 2), {"low_information", "dark", "grayscale"}),
    "flat colour": (np.full((*SIZE, 3), (90.0, 120, 160)), {"low_information"}),
    "noise alone": (np.full((*SIZE, 3), (90.0, 120, 160)) + grain(*SIZE, 14), {"low_information"}),
    "strip": (np.tile(PICTURE, (1, 3, 1)), {"odd_aspect"}),
}
FINE = {
    "good": PICTURE,
    "noisy": PICTURE + grain(*SIZE, 15),
    "dim": PICTURE * 0.4,
    "light": PICTURE * 0.5 + 115.0,
    "fog": PICTURE * 0.2 + 140.0,
    "upright": np.rot90(PICTURE),
    "large": cv2.resize(PICTURE, (1024, 768), interpolation=cv2.INTER_NEAREST),
}


def found(facts: object, config: ChecksConfig = CONFIG) -> set[str]:
    return {row.issue for row in examine_picture("a.jpg", facts, config)}


@pytest.mark.parametrize("name", SPOILED)
def test_spoiled_picture_is_found(name: str):
    picture, expected = SPOILED[name]
    assert found(measured(picture)) == expected


@pytest.mark.parametrize("name", FINE)
def test_fine_picture_is_left_alone(name: str):
    assert found(measured(FINE[name])) == set()


@pytest.mark.parametrize(
    ("issue", "at_limit", "past_limit"),
    [
        ("too_small", {"height_px": 16, "width_px": 16}, {"height_px": 15, "width_px": 16}),
        ("too_large", {"height_px": 10_000, "width_px": 10_000}, {"height_px": 10_001, "width_px": 10_000}),
        ("low_information", {"contrast": 0.01}, {"contrast": 0.0099}),
        ("low_information", {"entropy_bits": 1.5}, {"entropy_bits": 1.49}),
        ("low_information", {"contrast": 0.069, "sharpness": 0.95}, {"contrast": 0.069, "sharpness": 0.951}),
        ("low_information", {"contrast": 0.07, "sharpness": 1.2}, {"contrast": 0.0699, "sharpness": 1.2}),
        ("dark", {"brightness": 0.15, "contrast": 0.0501}, {"brightness": 0.15, "contrast": 0.0499}),
        ("bright", {"brightness": 0.87}, {"brightness": 0.8701}),
        ("bright", {"brightness": 0.75, "entropy_bits": 5.2}, {"brightness": 0.75, "entropy_bits": 5.19}),
        ("bright", {"brightness": 0.7499, "entropy_bits": 4.0}, {"brightness": 0.75, "entropy_bits": 4.0}),
        ("blurred", {"sharpness": 0.35}, {"sharpness": 0.3499}),
        ("blurred", {"sharpness": 0.2, "contrast": 0.0099}, {"sharpness": 0.2, "contrast": 0.01}),
        ("grayscale", {"chroma": 0.0011}, {"chroma": 0.001}),
        ("odd_aspect", {"height_px": 100, "width_px": 300}, {"height_px": 100, "width_px": 301}),
        ("odd_aspect", {"height_px": 300, "width_px": 100}, {"height_px": 301, "width_px": 100}),
        ("orientation_tag", {"orientation": 1}, {"orientation": 3}),
    ],
)
def test_threshold(issue: str, at_limit: dict[str, float], past_limit: dict[str, float]):
    assert issue not in found(GOOD._replace(**at_limit))
    assert issue in found(GOOD._replace(**past_limit))


@pytest.mark.parametrize(
    ("orientation", "score", "text"),
    [
        (2, 1.0, "tag 2: mirrored for display"),
        (3, 1.0, "tag 3: rotated by 180° for display"),
        (6, 1.0, "tag 6: rotated by 90° for display"),
        (8, 1.0, "tag 8: rotated by 270° for display"),
        (0, 0.25, "tag 0: invalid, shown as stored"),
        (9, 0.25, "tag 9: invalid, shown as stored"),
    ],
)
def test_orientation_says_what_the_tag_does(orientation: int, score: float, text: str):
    (row,) = examine_picture("a.jpg", GOOD._replace(orientation=orientation), CONFIG)
    assert row == IssueRecord("a.jpg", "orientation_tag", "report", score, text)


def test_worse_scores_higher_and_stays_within_0_and_1():
    for name, values in {
        "sharpness": (0.34, 0.30, 0.26, 0.1, 0.0),
        "brightness": (0.88, 0.92, 0.99, 1.0),
        "height_px": (2000, 4000, 90_000),
    }.items():
        scores = [examine_picture("a", GOOD._replace(**{name: value}), CONFIG)[0].score for value in values]
        assert scores == sorted(scores)
        assert scores[0] < scores[1]
        assert all(0 <= score <= 1 and round(score, 4) == score for score in scores)


def test_action_is_the_configured_one_and_off_is_silent():
    blurred = GOOD._replace(sharpness=0.3)
    for action in ("report", "quarantine"):
        config = ChecksConfig.model_validate({"blurred": {"action": action}})
        assert [row.action for row in examine_picture("a", blurred, config)] == [action]
    assert examine_picture("a", blurred, ChecksConfig.model_validate({"blurred": {"action": "off"}})) == []


def test_thresholds_follow_the_configuration():
    config = ChecksConfig.model_validate(
        {"too_small": {"min_side_px": 401}, "too_large": {"max_pixels": 199_999}, "blurred": {"min_sharpness": 0.2},
         "bright": {"max_brightness": 1.0, "min_entropy_bits": 0}, "odd_aspect": {"max_ratio": 1.2}}
    )  # fmt: skip
    assert found(GOOD, config) == {"too_small", "too_large", "odd_aspect"}
    assert found(GOOD._replace(sharpness=0.1, brightness=1.0), config) == {
        "too_small",
        "too_large",
        "odd_aspect",
        "blurred",
    }
