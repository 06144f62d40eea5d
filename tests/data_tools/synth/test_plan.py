"""Which drives a campaign holds."""

from collections import Counter

from data_tools.synth.config import SynthConfig
from data_tools.synth.drive import plan_drives


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
