"""RSCD's layout, drawn small with the names that are known of it."""

from datetime import datetime, timezone
from pathlib import Path

import pytest

from data_tools.sources.candidates import Candidate
from data_tools.sources.rscd import RscdSource
from data_tools.sources.rscd_names import RscdName, parse_name, rscd_class
from tests.data_tools.sources.offers import context, paths, refusal, touch


def at(*moment: int) -> float:
    return datetime(*moment, tzinfo=timezone.utc).timestamp()


def source(root: Path, **options: object) -> RscdSource:
    return RscdSource.model_validate({"type": "rscd", "path": root, **options})


NAMES = {
    "202201252342299-dry-asphalt-smooth": RscdName("dry_asphalt_smooth", at(2022, 1, 25, 23, 42, 29)),
    "2022012523413511-wet-asphalt-smooth": RscdName("wet_asphalt_smooth", at(2022, 1, 25, 23, 41, 35)),
    "202202211735577-ice": RscdName("ice", at(2022, 2, 21, 17, 35, 57)),
    "2022021522211716-melted_snow": RscdName("melted_snow", at(2022, 2, 15, 22, 21, 17)),
    "202202112236512-dry-gravel": RscdName("dry_gravel", at(2022, 2, 11, 22, 36, 51)),
    "202205171728-dry-concrete-smooth": RscdName("dry_concrete_smooth", at(2022, 5, 17, 17, 28)),
    "202205171728991-water-mud": RscdName("water_mud", at(2022, 5, 17, 17, 28)),
    "20220517172801-Wet_Concrete_Slight": RscdName("wet_concrete_slight", at(2022, 5, 17, 17, 28, 1)),
    "2022070913430178wet-dry-asphalt-smooth": None,
    "202213091343017-dry-mud": None,
    "202207092543017-dry-mud": None,
    "20220709-dry-mud": None,
    "202207091343017-dry-mud-smooth": None,
    "202207091343017-dry-asphalt": None,
    "202207091343017": None,
    "dry-asphalt-smooth": None,
}


@pytest.mark.parametrize("stem", NAMES)
def test_names(stem: str):
    assert parse_name(stem) == NAMES[stem]


def test_classes():
    assert rscd_class("water_asphalt_severe") == rscd_class("Water-Asphalt-Severe") == "water_asphalt_severe"
    assert rscd_class("dry") is rscd_class("dry_asphalt") is rscd_class("snow") is None


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return touch(
        tmp_path / "RSCD dataset-1million",
        "train/dry_asphalt_smooth/202201252342299-dry-asphalt-smooth.jpg",
        "train/dry_asphalt_smooth/202201252359593-dry-asphalt-smooth.jpg",
        "train/fresh_snow/202202112236512-fresh_snow.jpg",
        "train/water_mud/202201260000011-dry-asphalt-smooth.jpg",
        "train/water_mud/2022070913430178wet-water-mud.jpg",
        "train/water_mud/notes.txt",
        "vali_20k/202201260000012-wet-asphalt-smooth.jpg",
        "test_50k/202202112237001-water-gravel.jpg",
        "test_50k/202202112250001-ice.jpg",
    )


def test_layout(root: Path, tmp_path: Path):
    offered = source(root).offer(context())
    late, snow, ice = "rscd-20220125-235959", "rscd-20220211-223651", "rscd-20220211-225000"
    assert offered.candidates == [
        Candidate(*row[:2], "rscd", row[2], "rscd", *row[3:])
        for row in (
            ("test_50k/202202112237001-water-gravel.jpg", "wet", snow, at(2022, 2, 11, 22, 37), "water_gravel"),
            ("test_50k/202202112250001-ice.jpg", "snow", ice, at(2022, 2, 11, 22, 50), "ice"),
            (
                "train/dry_asphalt_smooth/202201252342299-dry-asphalt-smooth.jpg",
                "dry",
                "rscd-20220125-234229",
                at(2022, 1, 25, 23, 42, 29),
                "dry_asphalt_smooth",
            ),
            (
                "train/dry_asphalt_smooth/202201252359593-dry-asphalt-smooth.jpg",
                "dry",
                late,
                at(2022, 1, 25, 23, 59, 59),
                "dry_asphalt_smooth",
            ),
            (
                "train/fresh_snow/202202112236512-fresh_snow.jpg",
                "snow",
                snow,
                at(2022, 2, 11, 22, 36, 51),
                "fresh_snow",
            ),
            (
                "vali_20k/202201260000012-wet-asphalt-smooth.jpg",
                "wet",
                late,
                at(2022, 1, 26, 0, 0, 1),
                "wet_asphalt_smooth",
            ),
        )
    ], "midnight parts no drive, nor does the authors' split"
    assert sorted(row[:2] for row in offered.set_aside) == [
        ("train/water_mud/202201260000011-dry-asphalt-smooth.jpg", "label_conflict"),
        ("train/water_mud/2022070913430178wet-water-mud.jpg", "unknown_name"),
        ("train/water_mud/notes.txt", "unknown_suffix"),
    ]
    above = source(tmp_path).offer(context())
    assert paths(above) == [f"{root.name}/{path}" for path in paths(offered)]


def test_pause_is_an_option(root: Path):
    groups = {item.group for item in source(root, session_gap_s=3600).offer(context()).candidates}
    assert groups == {"rscd-20220125-234229", "rscd-20220211-223651"}


def test_own_label_map_and_other_classes(root: Path):
    offered = source(root).offer(context(labels={"ignore": ["ice"], "water_*": "snow"}))
    assert offered.skipped == {"pictures with the ignored label 'ice'": 1}
    assert [item.label for item in offered.candidates if item.source_label == "water_gravel"] == ["snow"]
    message = refusal(source(root), context(classes=("dry", "wet")))
    assert "2 labels are no class and stand in no label map: 'fresh_snow' (1 pictures), 'ice' (1 pictures)" in message


def test_refusals(tmp_path: Path):
    assert "expected RSCD's folder" in refusal(source(tmp_path / "nowhere"), context())
    touch(tmp_path, "dry/1.jpg", "wet/2.jpg")
    assert "expected pictures named like 202201252342299-dry" in refusal(source(tmp_path), context())
