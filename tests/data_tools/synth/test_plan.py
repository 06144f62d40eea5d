"""Which drives a campaign holds."""

from collections import Counter

import pytest

from data_tools.errors import InputError
from data_tools.synth.config import PictureCounts, SynthConfig
from data_tools.synth.drive import plan_drives
from data_tools.synth.presets import preset


def test_counts_names_and_sizes():
    drives = plan_drives(SynthConfig(drives_per_class=4, frames_per_drive=3, height=64, width=96))
    assert Counter(drive.condition for drive in drives) == {"dry": 4, "wet": 4, "snow": 4}
    assert "drive_dry_003" in {drive.drive_id for drive in drives}
    assert len({drive.drive_id for drive in drives}) == len({drive.seed for drive in drives}) == 12
    assert {(drive.frames, drive.height, drive.width) for drive in drives} == {(3, 64, 96)}


def test_more_drives_leave_the_existing_ones_as_they_are():
    few = plan_drives(SynthConfig(drives_per_class=2))
    many = plan_drives(SynthConfig(drives_per_class=9))
    assert set(few) < set(many)


def test_campaign_seed_changes_every_drive():
    first = {drive.seed for drive in plan_drives(SynthConfig(seed=0))}
    second = {drive.seed for drive in plan_drives(SynthConfig(seed=1))}
    assert not first & second


def test_paper_preset_has_the_papers_counts():
    config = preset("paper")
    drives = plan_drives(config)
    pictures = Counter()
    for drive in drives:
        pictures[drive.condition] += drive.frames
    assert pictures == {"dry": 460, "wet": 460, "snow": 977}
    assert Counter(drive.condition for drive in drives) == {"dry": 46, "wet": 46, "snow": 98}
    assert Counter(drive.frames for drive in drives) == {10: 189, 7: 1}
    assert (config.height, config.width) == (400, 500)


def test_drives_of_exact_counts_are_those_of_a_plain_campaign():
    counts = PictureCounts(dry=7, wet=0, snow=9)
    found = plan_drives(SynthConfig(pictures_per_class=counts, frames_per_drive=3))
    assert [(drive.drive_id, drive.frames) for drive in found] == [
        ("drive_dry_000", 3),
        ("drive_dry_001", 3),
        ("drive_dry_002", 1),
        ("drive_snow_000", 3),
        ("drive_snow_001", 3),
        ("drive_snow_002", 3),
    ]
    plain = {drive.drive_id: drive.seed for drive in plan_drives(SynthConfig())}
    assert all(plain[drive.drive_id] == drive.seed for drive in found)


def test_unknown_preset_names_the_closest():
    with pytest.raises(InputError, match=r"did you mean 'paper'"):
        preset("papre")
    assert preset("demo") == SynthConfig()
