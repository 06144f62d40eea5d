"""Write a campaign of drives to disk, with its manifest."""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2

from data_tools.synth.arrays import ByteImage
from data_tools.synth.config import SynthConfig
from data_tools.synth.drive import plan_drives, render_drive

MANIFEST_NAME = "manifest.csv"
MANIFEST_COLUMNS = ("path", "label", "source", "group")
SOURCE = "synth"
_JPEG_QUALITY = 92


def write_campaign(config: SynthConfig, out_dir: Path, on_frame: Callable[[int, int], None] | None = None) -> Path:
    """Render every drive of a campaign into a new folder.

    Args:
        config: What to render.
        out_dir: Folder to fill; must be empty or absent.
        on_frame: Called with (pictures done, pictures in all) after each picture.

    Returns:
        Path of the manifest, written last: a folder without one is incomplete.

    Raises:
        FileExistsError: `out_dir` exists and is not an empty folder.
        OSError: A picture could not be encoded.
    """
    _require_empty(out_dir)
    drives = plan_drives(config)
    total = sum(drive.frames for drive in drives)
    rows: list[tuple[str, str, str, str]] = []
    for drive in drives:
        (out_dir / drive.condition).mkdir(parents=True, exist_ok=True)
        for frame, picture in enumerate(render_drive(drive)):
            relative = f"{drive.condition}/{drive.drive_id}_{frame:03d}.jpg"
            _write_jpeg(out_dir / relative, picture)
            rows.append((relative, drive.condition, SOURCE, drive.drive_id))
            if on_frame is not None:
                on_frame(len(rows), total)
    return _write_manifest(out_dir / MANIFEST_NAME, rows)


def _require_empty(out_dir: Path) -> None:
    """Refuse a path that already holds something."""
    if not out_dir.exists():
        return
    if not out_dir.is_dir():
        found = "a file"
    else:
        names = sorted(entry.name for entry in out_dir.iterdir())
        if not names:
            return
        found = f"{len(names)} entries (first: {names[0]})"
    raise FileExistsError(
        f"expected an absent or empty folder at {out_dir}, found {found}; choose another folder or remove this one"
    )


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
