"""RoadSaW's layout, drawn small with the names that are known of it."""

from pathlib import Path

import pytest

from data_tools.sources.candidates import Candidate
from data_tools.sources.roadsaw import RoadsawSource
from data_tools.sources.roadsaw_names import RoadsawName, parse_name, roadsaw_class
from tests.data_tools.sources.offers import context, refusal, touch

WET_OR_DRY = ("dry", "wet")


def source(root: Path) -> RoadsawSource:
    return RoadsawSource(type="roadsaw", path=root)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("asphalt_dry", "asphalt_dry"),
        ("cobble_verywet", "cobblestone_very_wet"),
        ("Cobblestone-very-wet", "cobblestone_very_wet"),
        ("concrete damp", "concrete_damp"),
        ("asphalt", None),
        ("asphalt_icy", None),
        ("dry_asphalt", None),
    ],
)
def test_classes(name: str, expected: str | None):
    assert roadsaw_class(name) == expected


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("2021-03-05_run2_0012", RoadsawName("2021-03-05_run2", 12)),
        ("seq04-000117", RoadsawName("seq04", 117)),
        ("frame_0012", RoadsawName("", 12)),
        ("0012", RoadsawName("", 12)),
        ("run2", RoadsawName("", 2)),
        ("overview", None),
        ("run2_a", None),
    ],
)
def test_names(stem: str, expected: RoadsawName | None):
    assert parse_name(stem) == expected


def test_layout(tmp_path: Path):
    root = touch(
        tmp_path / "RoadSaW-075_l",
        "train/asphalt_dry/run1_0001.png",
        "train/asphalt_damp/run1_0002.png",
        "test/asphalt_dry/run1_0003.png",
        "train/cobble_verywet/0001.png",
        "validation/cobble_verywet/0001.png",
        "train/concrete_wet/frame_7.png",
        "train/concrete_wet/overview.png",
        "train/other/0001.png",
        "cover.png",
    )
    offered = source(root).offer(context(classes=WET_OR_DRY))
    assert offered.candidates == [
        Candidate(path, label, "roadsaw", group, "roadsaw", None, own)
        for path, label, group, own in (
            ("test/asphalt_dry/run1_0003.png", "dry", "run1", "asphalt_dry"),
            ("train/asphalt_damp/run1_0002.png", "wet", "run1", "asphalt_damp"),
            ("train/asphalt_dry/run1_0001.png", "dry", "run1", "asphalt_dry"),
            ("train/cobble_verywet/0001.png", "wet", "train/cobblestone_very_wet", "cobblestone_very_wet"),
            ("train/concrete_wet/frame_7.png", "wet", "train/concrete_wet", "concrete_wet"),
            ("validation/cobble_verywet/0001.png", "wet", "validation/cobblestone_very_wet", "cobblestone_very_wet"),
        )
    ]
    assert [row[:2] for row in offered.set_aside] == [
        ("cover.png", "unknown_name"),
        ("train/concrete_wet/overview.png", "unknown_name"),
        ("train/other/0001.png", "unknown_name"),
    ]
    assert "none of: snow" in refusal(source(root), context())


def test_refusals(tmp_path: Path):
    assert "expected RoadSaW's folder" in refusal(source(tmp_path / "nowhere"), context())
    touch(tmp_path, "dry/1.jpg")
    assert "expected pictures in folders named like asphalt_dry" in refusal(source(tmp_path), context())
