"""Campaigns on disk: manifest, counts, refusal, interruption."""

import csv

import cv2
import numpy as np
import pytest

from data_tools.synth.campaign import MANIFEST_COLUMNS, MANIFEST_NAME, write_campaign
from data_tools.synth.config import SynthConfig
from data_tools.synth.drive import plan_drives, render_drive

CONFIG = SynthConfig(drives_per_class=2, frames_per_drive=3, height=48, width=64, seed=4)


class StopHereError(Exception):
    """Raised by a test to interrupt a campaign."""


def read_rows(manifest):
    with manifest.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    calls = []
    out_dir = tmp_path_factory.mktemp("synth") / "new" / "folder"
    manifest = write_campaign(CONFIG, out_dir, lambda done, total: calls.append((done, total)))
    return manifest, calls


def test_manifest_lists_exactly_the_pictures_on_disk(campaign):
    manifest, _ = campaign
    rows = read_rows(manifest)
    assert manifest.name == MANIFEST_NAME
    assert tuple(rows[0]) == MANIFEST_COLUMNS == ("path", "label", "source", "group")
    listed = [row["path"] for row in rows]
    on_disk = sorted(path.relative_to(manifest.parent).as_posix() for path in manifest.parent.rglob("*.jpg"))
    assert sorted(listed) == on_disk
    assert len(set(listed)) == 3 * 2 * 3
    assert {path.name for path in manifest.parent.iterdir()} == {"dry", "wet", "snow", MANIFEST_NAME}


def test_rows_agree_with_the_plan(campaign):
    manifest, _ = campaign
    rows = iter(read_rows(manifest))
    for drive in plan_drives(CONFIG):
        for frame in range(drive.frames):
            assert next(rows) == {
                "path": f"{drive.condition}/{drive.drive_id}_{frame:03d}.jpg",
                "label": drive.condition,
                "source": "synth",
                "group": drive.drive_id,
            }


def test_pictures_are_the_rendered_frames_in_rgb(campaign):
    manifest, _ = campaign
    drive = plan_drives(CONFIG)[0]
    for frame, picture in enumerate(render_drive(drive)):
        data = np.fromfile(manifest.parent / f"dry/{drive.drive_id}_{frame:03d}.jpg", dtype=np.uint8)
        stored = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        assert stored.shape == picture.shape
        assert np.abs(stored.mean(axis=(0, 1)) - picture.mean(axis=(0, 1))).max() < 1.5


def test_progress_counts_every_picture(campaign):
    _, calls = campaign
    assert calls == [(done, 18) for done in range(1, 19)]


def test_two_campaigns_are_the_same_bytes(campaign, tmp_path):
    manifest, _ = campaign
    again = write_campaign(CONFIG, tmp_path)
    assert again.read_bytes() == manifest.read_bytes()
    for row in read_rows(manifest):
        assert (again.parent / row["path"]).read_bytes() == (manifest.parent / row["path"]).read_bytes()


def test_folder_with_something_in_it_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"expected .* found .*notes\.txt.*; choose") as caught:
        write_campaign(CONFIG, tmp_path)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_file_in_place_of_the_folder_is_refused(tmp_path):
    target = tmp_path / "out"
    target.write_text("mine")
    with pytest.raises(FileExistsError, match=r"expected .* found a file; choose"):
        write_campaign(CONFIG, target)
    assert target.read_text() == "mine"


@pytest.mark.parametrize("last", [1, 7, 18])
def test_interrupted_campaign_has_no_manifest(tmp_path, last):
    def stop(done, total):
        if done == last:
            raise StopHereError

    with pytest.raises(StopHereError):
        write_campaign(CONFIG, tmp_path, stop)
    assert not list(tmp_path.glob("*manifest*"))
    assert len(list(tmp_path.rglob("*.jpg"))) == last
