"""Drive videos: which frames are taken, what they are called, and what happens on a restart."""

from pathlib import Path

import pytest

from data_tools.sources import drive_video as module
from data_tools.sources.drive_video import DriveVideoSource
from tests.data_tools.pictures import write
from tests.data_tools.sources.offers import context, paths, refusal
from tests.data_tools.sources.videos import brightness, decoded_brightness, frame_number, write_labels, write_video

LABELS = ((0, 0.9, "dry"), (0.9, 1.9, "wet"), (2.96, 99, "snow"))


def source(path: Path, **options: object) -> DriveVideoSource:
    return DriveVideoSource.model_validate({"type": "drive_video", "path": path, **options})


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    """Write 4 s at 12.5 frames/s: frame i at 0.08 i s."""
    video = write_video(tmp_path / "tour" / "d1.avi", 50, 12.5)
    write_labels(tmp_path / "tour" / "d1.labels.csv", *LABELS)
    return video


def test_frames_are_counted_exactly(drive: Path, tmp_path: Path):
    """At 2 samples/s the nearest frames of 0.5 k s are 0, 6, 12 (0.96 s; 13 is at 1.04), 19, 25, 31, 37, 44."""
    offered = source(drive, fps=2).offer(context(tmp_path / "work"))
    expected = {0: "dry", 6: "dry", 12: "wet", 19: "wet", 37: "snow", 44: "snow"}
    folder = paths(offered)[0].split("/")[0]
    assert folder.startswith("d1-")
    assert [(item.path, item.label) for item in offered.candidates] == [
        (f"{folder}/{index * 80:08d}.jpg", label) for index, label in expected.items()
    ]
    root = offered.roots[""]
    assert [frame_number(root / path) for path in paths(offered)] == list(expected)
    assert offered.skipped == {"frames without a label": 2}, "2.0 s and 2.48 s"
    assert {(item.source, item.group, item.camera, item.time_s) for item in offered.candidates} == {
        ("tour", "d1", "", None)
    }


@pytest.mark.parametrize(("name", "code"), [("d1.mp4", "mp4v"), ("d1.mkv", "MJPG"), ("d1.avi", "MJPG")])
def test_containers(name: str, code: str, tmp_path: Path):
    levels = decoded_brightness(write_video(tmp_path / "v" / name, 50, 12.5, code))
    assert len(levels) == 50
    write_labels(tmp_path / "v" / "d1.csv", (0, 2, "dry"), (2, 2.9, "wet"), (2.9, 4, "snow"))
    offered = source(tmp_path / "v").offer(context(tmp_path / "work"))
    numbers = [int(abs(levels - brightness(offered.roots[""] / path)).argmin()) for path in paths(offered)]
    # Matroska rounds its stamps to milliseconds; 2.96 s and 3.04 s are exact in all three.
    assert numbers == [0, 12, 25, 37]


def test_more_samples_than_frames_take_each_frame_once(drive: Path, tmp_path: Path):
    offered = source(drive, fps=100).offer(context(tmp_path / "work"))
    numbers = [frame_number(offered.roots[""] / path) for path in paths(offered)]
    assert numbers == [*range(24), *range(37, 50)]
    assert offered.skipped == {"frames without a label": 13}


def test_label_map_and_ignored_labels(drive: Path, tmp_path: Path):
    table = write_labels(tmp_path / "own.csv", (0, 1.5, "trocken"), (1.5, 2.9, "tunnel"), (2.9, 4, "snow"))
    where = context(tmp_path / "work", {"trocken": "dry", "ignore": ["tunnel"]}, classes=("dry", "snow"))
    offered = source(drive, labels=table).offer(where)
    assert [(item.label, item.source_label) for item in offered.candidates] == [
        *[("dry", "trocken")] * 2,
        ("snow", ""),
    ]
    assert offered.skipped == {"pictures with the ignored label 'tunnel'": 1}


def test_unmapped_label_stops_before_anything_is_decoded(drive: Path, tmp_path: Path):
    write_labels(drive.with_suffix(".labels.csv"), (0, 1, "dryy"), (1, 2, "dryy"), (2, 3, "wet"))
    assert "'dryy' (2 pictures; did you mean 'dry'?)" in refusal(source(drive), context(tmp_path / "work"))
    assert not (tmp_path / "work").exists()


def test_drives_table(drive: Path, tmp_path: Path):
    for name in ("d2", "sub/d1"):
        write_video(drive.parent / f"{name}.avi", 50, 12.5)
        write_labels(drive.parent / f"{name}.csv", *LABELS)
    (drive.parent / "drives.csv").write_text(
        "video,drive,camera,source,started_at_s\nd2.avi,monday,left,car,1000.5\nsub/d1.avi,monday,,,\n"
    )
    offered = source(drive.parent, camera="front").offer(context(tmp_path / "work"))
    by_folder = {item.path.split("/")[0]: item for item in offered.candidates}
    assert len(by_folder) == 3, "videos with one name in two folders do not collide"
    assert sorted((item.group, item.camera, item.source) for item in by_folder.values()) == [
        ("d1", "front", "tour"),
        ("monday", "front", "tour"),
        ("monday", "left", "car"),
    ]
    times = [item.time_s for item in offered.candidates if item.camera == "left"]
    assert times == [1000.5, 1001.46, 1003.46]
    assert {item.time_s for item in offered.candidates if item.camera == "front"} == {None}
    alone = source(drive.parent / "d2.avi", camera="front").offer(context(tmp_path / "work"))
    assert {(item.group, item.camera, item.source) for item in alone.candidates} == {("monday", "left", "car")}


def test_default_drive_is_the_path_without_suffix(drive: Path, tmp_path: Path):
    write_video(drive.parent / "sub/d1.avi", 50, 12.5)
    write_labels(drive.parent / "sub/d1.csv", *LABELS)
    offered = source(drive.parent).offer(context(tmp_path / "work"))
    assert {item.group for item in offered.candidates} == {"d1", "sub/d1"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("video,drive\n", "missing: camera, source, started_at_s"),
        (
            "video,drive,camera,source,started_at_s\nd9.avi,,,,\n",
            "line 2: expected a video of the folder, got 'd9.avi'",
        ),
        ("video,drive,camera,source,started_at_s\nd1.avi,,,,\nd1.avi,,,,\n", "line 3: expected a video of the folder"),
        ("video,drive,camera,source,started_at_s\nd1.avi,,,,noon\n", "line 2: expected started_at_s in seconds"),
    ],
)
def test_fault_in_drives_table(text: str, expected: str, drive: Path, tmp_path: Path):
    (drive.parent / "drives.csv").write_text(text)
    assert expected in refusal(source(drive.parent), context(tmp_path / "work"))


def test_unusable_videos_are_set_aside_in_a_folder_and_refused_alone(drive: Path, tmp_path: Path):
    broken = write(drive.parent / "broken.mp4", b"no video" * 100)
    write_labels(drive.parent / "broken.csv", *LABELS)
    write_video(drive.parent / "mute.avi", 20, 12.5)
    write(drive.parent / ".hidden.mp4", b"x")
    offered = source(drive.parent).offer(context(tmp_path / "work"))
    assert [row[:2] for row in offered.set_aside] == [("mute.avi", "no_labels"), ("broken.mp4", "unreadable_video")]
    assert {item.group for item in offered.candidates} == {"d1"}
    for video in (broken, drive.parent / "mute.avi"):
        assert video.name.split(".")[0] in refusal(source(video), context(tmp_path / "work2"))
    (drive.parent / "d1.avi").unlink()
    assert "no video can be used; mute.avi: expected mute.labels.csv" in refusal(
        source(drive.parent), context(tmp_path / "work2")
    )
    assert not list((tmp_path / "work2").rglob("*.jpg"))


def test_truncated_video_counts_what_is_missing(tmp_path: Path):
    video = write_video(tmp_path / "v" / "d1.avi", 50, 12.5)
    data = video.read_bytes()
    video.write_bytes(data[: int(len(data) * 0.6)])
    write_labels(tmp_path / "v" / "d1.csv", (0, 0.5, "dry"), (0.5, 1, "wet"), (1, 4, "snow"))
    offered = source(video, fps=12.5).offer(context(tmp_path / "work"))
    decoded = len(offered.candidates)
    assert 10 < decoded < 40
    assert offered.skipped == {"promised frames that cannot be decoded": 50 - decoded}


def test_table_of_another_video_is_refused(drive: Path, tmp_path: Path):
    write_labels(drive.with_suffix(".labels.csv"), *LABELS[:2], (4000, 5000, "snow"))
    message = refusal(source(drive), context(tmp_path / "work"))
    assert "d1.labels.csv, line 4: expected a start before the video's end at 4.000 s, got 4000 s" in message
    assert list((tmp_path / "work/pictures").iterdir()) == []


def test_restart_reads_no_video_and_changes_make_new_folders(
    drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    work = context(tmp_path / "work")
    first = source(drive).offer(work)
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_frames", None)
        assert source(drive).offer(work) == first
    for options in ({"fps": 2}, {"jpeg_quality": 50}):
        assert not {path.split("/")[0] for path in paths(source(drive, **options).offer(work))} & {
            path.split("/")[0] for path in paths(first)
        }
    write_labels(drive.with_suffix(".labels.csv"), *LABELS[:2], (1.9, 99, "snow"))
    assert len(source(drive).offer(work).candidates) == len(first.candidates) + 1


def test_killed_sampling_is_not_taken_for_done(drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Killed(BaseException):
        pass

    def die(done: int, total: int, what: str) -> None:
        raise Killed

    work = context(tmp_path / "work")
    monkeypatch.setattr("data_tools.artifacts.atomic.shutil.rmtree", lambda *_, **__: None)
    with pytest.raises(Killed):
        source(drive).offer(work._replace(progress=die))
    monkeypatch.undo()
    (half,) = (tmp_path / "work/pictures").iterdir()
    assert [item.suffix for item in half.iterdir()] == [".jpg"]
    offered = source(drive).offer(work)
    assert [item.name for item in (tmp_path / "work/pictures").iterdir()] == [paths(offered)[0].split("/")[0]]


def test_no_videos(tmp_path: Path):
    write(tmp_path / "a.jpg", b"x")
    for path in (tmp_path, tmp_path / "a.jpg", tmp_path / "nowhere.mp4"):
        assert "expected a video or a folder of videos (.mp4, .avi, " in refusal(source(path), context(tmp_path / "w"))
    assert "leave labels out" in refusal(
        source(write_video(tmp_path / "v/d.avi", 5, 5).parent, labels=tmp_path / "x.csv"), context(tmp_path / "w")
    )
