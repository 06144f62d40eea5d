"""Sample pictures from videos of drives."""

from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from data_tools.artifacts.hashing import sha256_json
from data_tools.errors import InputError
from data_tools.sources.candidates import Candidate, Listing, SetAside, SourceContext, check_root
from data_tools.sources.coverage import check_every_class, count_ignored, resolve
from data_tools.sources.fingerprint import file_entry, file_fingerprint, tree_fingerprint
from data_tools.sources.made_folder import PICTURES_FOLDER, made_name, make_once
from data_tools.sources.registry import register_source
from data_tools.sources.video_clock import UnreadableVideoError
from data_tools.sources.video_drives import TABLE_NAME, Drive, find_labels, find_videos, read_drives
from data_tools.sources.video_frames import FrameIndex, Sampling, read_index, write_frames
from data_tools.sources.video_labels import Interval, read_intervals


class _Recording(NamedTuple):
    """Hold one video that has a label table."""

    name: str
    """Its path from the folder."""
    file: Path
    table: Path
    intervals: list[Interval]
    drive: Drive


@register_source("drive_video")
class DriveVideoSource(BaseModel):
    """Read videos of drives, each with a CSV table of what it shows when (start_s, end_s, label).

    The table lies beside the video as VIDEO.labels.csv or VIDEO.csv. A `drives.csv` in the folder (columns video,
    drive, camera, source, started_at_s) may say more about each video.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["drive_video"]
    path: Path = Field(description="a video, or a folder of videos")
    labels: Path | None = Field(default=None, description="label table of a single video, if it lies elsewhere")
    fps: float = Field(default=1.0, gt=0, le=1000, description="pictures taken from each second")
    camera: str = Field(default="", description="the camera, where drives.csv does not say")
    jpeg_quality: int = Field(default=95, ge=1, le=100, description="quality of the written pictures")

    def offer(self, context: SourceContext) -> Listing:
        """Write the labelled frames to a folder of `work_dir/pictures/` (see `made_name`), unless done, and list them.

        The drive is what drives.csv says, by default the video's path without its suffix. Frames without a label are
        counted, and so are frames that the container promises and that cannot be decoded. In a folder, videos that
        cannot be read (`unreadable_video`) or have no label table (`no_labels`) are set aside; a single one, or a
        folder of nothing else, is an error.

        Raises:
            InputError: No video can be used, a table is malformed or does not fit its video, or a class has no frame.
        """
        check_root(context.work_dir)
        recordings, set_aside = self._recordings()
        counts = Counter(item.label for recording in recordings for item in recording.intervals)
        resolved = resolve(counts, context, str(self.path))
        candidates: list[Candidate] = []
        skipped: Counter[str] = Counter()
        for recording in recordings:
            try:
                folder = self._frames(recording, resolved, context)
            except UnreadableVideoError as error:
                if self.path.is_file():
                    raise
                set_aside.append(SetAside(recording.name, "unreadable_video", str(error)))
                continue
            index = read_index(folder)
            skipped.update(_skipped(index))
            candidates += self._candidates(recording, folder.name, index, resolved)
        if not candidates and set_aside:
            raise InputError(f"{self.path}: no video can be used; {set_aside[0].path}: {set_aside[0].detail}")
        check_every_class(candidates, context, str(self.path))
        return Listing({"": context.work_dir / PICTURES_FOLDER}, candidates, set_aside, dict(skipped))

    def fingerprint(self) -> str:
        """Return a digest of the folder's files; for a single video, of it, its table and drives.csv."""
        if not self.path.is_file():
            return tree_fingerprint(self.path)
        table = self.labels or find_labels(self.path) or self.path.with_suffix(".csv")
        return file_fingerprint(self.path, table, self.path.parent / TABLE_NAME)

    def _recordings(self) -> tuple[list[_Recording], list[SetAside]]:
        """Find the videos and read their tables."""
        names = find_videos(self.path)
        root = self.path if self.path.is_dir() else self.path.parent
        if self.labels is not None and self.path.is_dir():
            raise InputError(f"{self.path}: expected a single video with labels set, got a folder; leave labels out")
        drives = read_drives(root, names) if self.path.is_dir() else _drive_of(root, names[0])
        recordings: list[_Recording] = []
        set_aside: list[SetAside] = []
        for name in names:
            table = self.labels or find_labels(root / name)
            if table is None:
                detail = f"expected {PurePosixPath(name).stem}.labels.csv beside it (start_s, end_s, label)"
                set_aside.append(SetAside(name, "no_labels", detail))
            else:
                recordings.append(_Recording(name, root / name, table, read_intervals(table), drives[name]))
        return recordings, set_aside

    def _frames(self, recording: _Recording, resolved: dict[str, str | None], context: SourceContext) -> Path:
        """Write a video's frames, unless they are there."""
        kept = frozenset(item.label for item in recording.intervals if resolved[item.label] is not None)
        sampling = Sampling(recording.intervals, kept, self.fps, self.jpeg_quality)
        spans = [item[:3] for item in recording.intervals]
        made_from = [recording.name, file_entry(recording.file), spans, sorted(kept), self.fps, self.jpeg_quality]
        target = made_name(context.name, PurePosixPath(recording.name).stem, sha256_json(made_from))

        def report(done: int, total: int) -> None:
            context.progress(done, total, f"reading {recording.name}")

        def fill(folder: Path) -> None:
            write_frames(recording.file, recording.table, sampling, folder, report)

        return make_once(context.work_dir / PICTURES_FOLDER / target, fill)

    def _candidates(
        self, recording: _Recording, folder: str, index: FrameIndex, resolved: dict[str, str | None]
    ) -> list[Candidate]:
        """List the written frames; what the table calls them is kept beside the class."""
        known = recording.drive
        root = self.path if self.path.is_dir() else self.path.parent
        source = known.source or root.resolve().name or "unknown"
        drive = known.drive or PurePosixPath(recording.name).with_suffix("").as_posix()
        camera = known.camera or self.camera
        candidates: list[Candidate] = []
        for frame in index.frames:
            label = resolved[frame.label]
            if label is None:
                raise InputError(f"{folder}: was made with another label map; remove the folder and build again")
            time_s = None if known.started_at_s is None else round(known.started_at_s + frame.time_s, 6)
            own = "" if label == frame.label else frame.label
            candidates.append(Candidate(f"{folder}/{frame.name}", label, source, drive, camera, time_s, own))
        return candidates


def _drive_of(root: Path, name: str) -> dict[str, Drive]:
    """Return what a drives.csv beside a single video says about it."""
    if not (root / TABLE_NAME).is_file():
        return {name: Drive()}
    return {name: read_drives(root, find_videos(root))[name]}


def _skipped(index: FrameIndex) -> dict[str, int]:
    """Name what was not written."""
    counts = {"frames without a label": index.unlabelled, "promised frames that cannot be decoded": index.undecodable}
    return {**{name: count for name, count in counts.items() if count}, **count_ignored(index.ignored)}
