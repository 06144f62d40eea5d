"""Examination: which pictures become records, which issues and pairs there are, as the configuration says."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from data_tools.checks.issues import IssueRecord
from data_tools.dataset.config import DataConfig
from data_tools.dataset.examine import Examined, check_classes
from data_tools.errors import InputError
from data_tools.sources.candidates import SetAside
from tests.data_tools.dataset.builds import data_config, examined, listing, scene
from tests.data_tools.pictures import encode, noise

SAME, OTHER = encode(scene("same"), ".png"), encode(scene("other"), ".png")
ALIKE = encode(scene("same"), ".jpg", (cv2.IMWRITE_JPEG_QUALITY, 60))
MIRRORED = encode(scene("same")[:, ::-1], ".jpg", (cv2.IMWRITE_JPEG_QUALITY, 80))
FLAT = encode(np.full((96, 128, 3), 99, np.uint8), ".png")


def found(root: Path, files: dict[str, bytes], config: DataConfig | None = None) -> Examined:
    return examined(config or data_config(), listing(root / "in", files), root / "work")


def brief(issues: list[IssueRecord]) -> list[tuple[str, str, str]]:
    return [row[:3] for row in issues]


def paths(result: Examined) -> list[str]:
    return [record.path for record in result.records]


def test_exact_duplicates_merge_into_the_first_by_path(tmp_path: Path):
    result = found(tmp_path, {"dry/c.png": SAME, "dry/a.png": SAME, "dry/b.png": OTHER, "dry/d.png": SAME})
    assert paths(result) == ["dry/a.png", "dry/b.png"]
    detail = "same bytes; twin: dry/a.png"
    assert result.issues == [
        IssueRecord(name, "exact_duplicate", "quarantine", 1.0, detail) for name in ("dry/c.png", "dry/d.png")
    ]


def test_exact_copies_unite_their_drives(tmp_path: Path):
    result = found(tmp_path, {"dry/east/1.png": SAME, "dry/west/1.png": SAME, "dry/west/2.png": OTHER})
    assert paths(result) == ["dry/east/1.png", "dry/west/2.png"]
    assert result.near_duplicates == [("dry/east/1.png", "dry/west/1.png", "east", "west", 0, False, 1.0)]
    assert brief(result.issues) == [("dry/west/1.png", "exact_duplicate", "quarantine")], "no near duplicate too"


def test_label_conflict_quarantines_all_of_them(tmp_path: Path):
    files = {"wet/1.png": SAME, "dry/1.png": SAME, "dry/2.png": SAME, "dry/3.png": OTHER}
    result = found(tmp_path, files)
    assert paths(result) == ["dry/3.png"]
    assert brief(result.issues) == [
        (name, "label_conflict", "quarantine") for name in ("dry/1.png", "dry/2.png", "wet/1.png")
    ]
    assert result.issues[0].detail == "the same bytes are labelled dry and wet; twin: wet/1.png"


def test_reported_label_conflict_keeps_one(tmp_path: Path):
    config = data_config(checks={"label_conflict": {"action": "report"}})
    result = found(tmp_path, {"wet/1.png": SAME, "dry/1.png": SAME}, config)
    assert paths(result) == ["dry/1.png"]
    assert brief(result.issues) == [
        ("dry/1.png", "label_conflict", "report"),
        ("wet/1.png", "exact_duplicate", "quarantine"),
        ("wet/1.png", "label_conflict", "report"),
    ]


def test_near_duplicates_of_other_drives_are_reported_and_stay(tmp_path: Path):
    files = {"dry/east/1.png": SAME, "dry/east/2.jpg": ALIKE, "dry/west/1.jpg": ALIKE, "dry/north/1.jpg": MIRRORED}
    files["dry/west/2.png"] = OTHER
    result = found(tmp_path, files)
    kept = sorted(set(files) - {"dry/west/1.jpg"})
    assert paths(result) == kept, "equal bytes merge, near duplicates stay"
    pairs = {row[:2]: row for row in result.near_duplicates}
    same_shot = {"dry/east/1.png", "dry/east/2.jpg", "dry/north/1.jpg", "dry/west/1.jpg"}
    assert {name for pair in pairs for name in pair} == same_shot
    mirrored = pairs["dry/east/1.png", "dry/north/1.jpg"]
    assert (mirrored.group_a, mirrored.group_b, mirrored.mirrored) == ("east", "north", True)
    assert mirrored.similarity > 0.75
    assert ("dry/east/1.png", "dry/east/2.jpg") not in pairs, "frames of one drive are alike anyway"
    assert brief(result.issues) == [
        ("dry/north/1.jpg", "near_duplicate", "report"),
        ("dry/west/1.jpg", "exact_duplicate", "quarantine"),
    ]


def test_near_duplicates_can_be_quarantined(tmp_path: Path):
    config = data_config(checks={"near_duplicate": {"action": "quarantine"}}, cache={"height": 32, "width": 32})
    result = found(tmp_path, {"dry/a/1.png": SAME, "dry/b/1.jpg": ALIKE, "dry/b/2.png": OTHER}, config)
    assert brief(result.issues) == [("dry/b/1.jpg", "near_duplicate", "quarantine")]
    assert paths(result) == ["dry/a/1.png", "dry/b/2.png"]
    assert [row.path for row in result.cached] == paths(result)
    assert [row[:2] for row in result.near_duplicates] == [("dry/a/1.png", "dry/b/1.jpg")], "the drives stay united"


@pytest.mark.parametrize(("action", "kept"), [("report", 2), ("quarantine", 0)])
def test_near_duplicates_under_two_labels(action: str, kept: int, tmp_path: Path):
    config = data_config(checks={"label_conflict": {"near_action": action}, "near_duplicate": {"action": "off"}})
    result = found(tmp_path, {"dry/a/1.png": SAME, "wet/b/1.jpg": ALIKE}, config)
    assert brief(result.issues) == [(name, "label_conflict", action) for name in ("dry/a/1.png", "wet/b/1.jpg")]
    assert "labelled dry, its near duplicate wet" in result.issues[0].detail
    assert len(result.records) == kept


@pytest.mark.parametrize("options", [{"enabled": False}, {"max_distance": 0, "min_similarity": 1.0}])
def test_near_duplicates_need_not_be_looked_for(options: dict[str, object], tmp_path: Path):
    files = {"dry/a/1.png": SAME, "dry/b/1.jpg": ALIKE, "dry/c/1.jpg": MIRRORED}
    result = found(tmp_path, files, data_config(near_duplicates=options))
    assert (paths(result), result.issues, result.near_duplicates) == (sorted(files), [], [])


LIMITS: dict[str, tuple[dict[str, object], list[tuple[str, str]]]] = {
    "default": ({}, [("low_information", "quarantine")]),
    "reported": ({"low_information": {"action": "report"}}, [("low_information", "report")]),
    "off": ({"low_information": {"action": "off"}, "blurred": {"action": "off"}}, []),
    "lower": (
        {"low_information": {"action": "off"}, "grayscale": {"action": "quarantine"}, "blurred": {"action": "off"}},
        [("grayscale", "quarantine")],
    ),
}


@pytest.mark.parametrize("case", LIMITS)
def test_low_information_by_configuration(case: str, tmp_path: Path):
    checks, expected = LIMITS[case]
    checks = {"grayscale": {"action": "off"}} | checks
    result = found(tmp_path, {"dry/flat.png": FLAT, "dry/clear.png": SAME}, data_config(checks=checks))
    assert [(row.issue, row.action) for row in result.issues] == expected
    assert {row.path for row in result.issues} <= {"dry/flat.png"}
    quarantined = any(action == "quarantine" for _, action in expected)
    assert ("dry/flat.png" in paths(result)) is not quarantined


@pytest.mark.parametrize(
    ("checks", "issue"),
    [
        ({"dark": {"min_mean_plus_std": 1.0}}, "dark"),
        ({"bright": {"max_brightness": 0.1}}, "bright"),
        ({"blurred": {"min_sharpness": 2.0}}, "blurred"),
        ({"odd_aspect": {"max_ratio": 1.2}}, "odd_aspect"),
        ({"too_small": {"min_side_px": 97}}, "too_small"),
        ({"too_large": {"max_pixels": 96 * 128 - 1}}, "too_large"),
    ],
)
def test_thresholds_come_from_the_configuration(checks: dict[str, object], issue: str, tmp_path: Path):
    assert found(tmp_path / "default", {"dry/a.png": SAME}).issues == []
    result = found(tmp_path / "strict", {"dry/a.png": SAME}, data_config(checks=checks))
    assert [row.issue for row in result.issues] == [issue]
    assert len(result.records) == (0 if issue.startswith("too") else 1)


def test_result_does_not_depend_on_the_listings_order(tmp_path: Path):
    files = {f"dry/{index % 5}/{index:02d}.png": encode(scene(index // 2), ".png") for index in range(24)}
    files |= {
        "dry/0/24.jpg": b"bad",
        "dry/1/25.jpg": encode(scene(3), ".jpg"),
        "wet/9/26.jpg": encode(scene(3), ".jpg"),
    }
    given = listing(tmp_path / "in", files)
    forward = examined(data_config(), given, tmp_path / "a")
    backward = examined(data_config(), given._replace(candidates=given.candidates[::-1]), tmp_path / "b")
    assert forward == backward
    assert forward.issues == sorted(forward.issues)
    assert len(forward.near_duplicates) > 6


def test_files_that_the_source_set_aside_are_issues(tmp_path: Path):
    given = listing(tmp_path / "in", {"dry/a.png": SAME})
    given.set_aside.append(SetAside("notes.txt", "unknown_suffix", ".txt"))
    result = examined(data_config(), given, tmp_path / "work")
    assert result.issues == [IssueRecord("notes.txt", "unreadable", "quarantine", 1.0, "unknown_suffix: .txt")]


def test_record_holds_what_the_source_says(tmp_path: Path):
    given = listing(tmp_path / "in", {"dry/east/1.png": SAME})
    said = given.candidates[0]._replace(camera="front", time_s=12.5, source_label="asphalt")
    (record,) = examined(data_config(), given._replace(candidates=[said]), tmp_path / "work").records
    assert tuple(record._asdict()[name] for name in said._fields) == said


def test_classes_without_a_picture_are_named_with_the_reasons(tmp_path: Path):
    result = found(
        tmp_path,
        {"dry/a.png": SAME, "wet/b.png": b"bad", "wet/c.png": FLAT, "snow/d.png": noise("d")[:1, :1].tobytes()},
    )
    check_classes(result, ("dry",), "here")
    with pytest.raises(InputError) as caught:
        check_classes(result, ("dry", "wet", "snow"), "here")
    assert str(caught.value) == (
        "here: no usable picture of wet, snow (quarantined files: low_information: 1, unreadable: 2)"
    )
