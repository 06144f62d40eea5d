"""Write a campaign of drives to disk, with its manifest."""

import csv
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import cv2

from data_tools.synth.arrays import ByteImage
from data_tools.synth.config import SynthConfig
from data_tools.synth.drive import DriveSpec, plan_drives, render_drive
from data_tools.synth.empty import require_empty
from data_tools.synth.workers import run_jobs

MANIFEST_NAME = "manifest.csv"
MANIFEST_COLUMNS = ("path", "label", "source", "group")
SOURCE = "synth"
_JPEG_QUALITY = 92


def write_campaign(
    config: SynthConfig, out_dir: Path, on_frame: Callable[[int, int], None] | None = None, workers: int = 1
) -> Path:
    """Render every drive of a campaign into a new folder.

    Args:
        config: What to render.
        out_dir: Folder to fill; must be empty or absent.
        on_frame: Called with (pictures done, pictures in all) after each picture, or for all
            pictures of a drive when it is done where several processes render.
        workers: Processes that render; any number gives the same files.

    Returns:
        Path of the manifest, written last: a folder without one is incomplete.

    Raises:
        FileExistsError: `out_dir` exists and is not an empty folder.
        OSError: A picture could not be encoded.
    """
    require_empty(out_dir)
    drives = plan_drives(config)
    for condition in {drive.condition for drive in drives}:
        (out_dir / condition).mkdir(parents=True, exist_ok=True)
    jobs = [partial(_write_drive, drive, out_dir) for drive in drives]
    names = run_jobs(jobs, [drive.frames for drive in drives], workers, on_frame)
    rows = [
        (name, drive.condition, SOURCE, drive.drive_id)
        for drive, own in zip(drives, names, strict=True)
        for name in own
    ]
    return _write_manifest(out_dir / MANIFEST_NAME, rows)


def _write_drive(drive: DriveSpec, out_dir: Path, on_step: Callable[[], None]) -> list[str]:
    """Write the pictures of a drive and return their paths under the folder."""
    names = []
    for frame, picture in enumerate(render_drive(drive)):
        names.append(f"{drive.condition}/{drive.drive_id}_{frame:03d}.jpg")
        _write_jpeg(out_dir / names[-1], picture)
        on_step()
    return names


def _write_jpeg(path: Path, picture: ByteImage) -> None:
    """Encode an RGB picture as JPEG."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise OSError(f"expected a JPEG encoding of shape {picture.shape} for {path}, got none")
    path.write_bytes(data.tobytes())


def _write_manifest(path: Path, rows: Iterable[tuple[str, str, str, str]]) -> Path:
    """Write the manifest under a temporary name, then move it into place."""
    partial = path.with_suffix(".csv.partial")
    with partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(MANIFEST_COLUMNS)
        writer.writerows(rows)
    return partial.replace(path)
