"""Open every picture of one shard once: digest, facts, thumbnail and, if wanted, the picture at model size."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from pydantic import ValidationError

from data_tools.artifacts.atomic import write_text
from data_tools.artifacts.hashing import sha256_bytes, sha256_json
from data_tools.artifacts.model import Record
from data_tools.cache.shard import ShardWriter
from data_tools.dataset.config import CacheConfig
from data_tools.dataset.facts import PictureFacts
from data_tools.dataset.measure import luma_level, measure
from data_tools.duplicates.crops import THUMBNAIL_PX, thumbnail
from data_tools.images.decode import UnreadablePictureError, decode_bytes, read_bytes
from data_tools.images.preprocessing import PreprocessingSpec, to_model_size
from data_tools.producer import PRODUCER
from data_tools.sources.candidates import Candidate

THUMBNAIL_BYTES = THUMBNAIL_PX * THUMBNAIL_PX


class Inspected(NamedTuple):
    """Hold what one usable picture told.

    Attributes:
        sha256: Of the encoded file.
        offset: Of its samples in the shard; 0 without a cache.
        crc32: Of its samples; 0 without a cache.
        facts: What was measured.
    """

    sha256: str
    offset: int
    crc32: int
    facts: PictureFacts


class Failed(NamedTuple):
    """Say why a file is no usable picture."""

    reason: str
    detail: str


Row: TypeAlias = Inspected | Failed


class ShardReport(Record):
    """Hold what the pictures of one shard told, in the order of its candidates."""

    key: str
    picture_bytes: int
    rows: tuple[Row, ...]


class ShardJob(NamedTuple):
    """Name the pictures of one shard and where its three files go.

    Attributes:
        number: Of the shard; the keys of its pictures continue through all shards.
        first: Position of its first picture among all candidates.
        candidates: What the source says of each picture.
        files: The file of each picture.
        folder: Receives `shard-<number>.tar` (with a cache), `.luma` and, last, `.json`.
        cache: Size to keep pictures at, or None.
    """

    number: int
    first: int
    candidates: tuple[Candidate, ...]
    files: tuple[str, ...]
    folder: str
    cache: CacheConfig | None

    @property
    def stem(self) -> Path:
        """Return the path of the shard's files without a suffix."""
        return Path(self.folder) / f"shard-{self.number:06d}"


def inspect_shard(job: ShardJob) -> int:
    """Inspect the pictures of one shard unless that is done already, and return their number.

    The report is written last and atomically, and carries a key of everything that decides the shard's bytes: a
    killed build finds finished shards again and redoes the one it was at.
    """
    key = _key(job)
    report = _read_report(job.stem)
    if report is None or report.key != key or not _whole(job.stem, report):
        job.stem.with_suffix(".json").unlink(missing_ok=True)  # it must not vouch for the files that come now
        picture_bytes = 0 if job.cache is None else job.cache.height * job.cache.width * 3
        report = ShardReport(key=key, picture_bytes=picture_bytes, rows=tuple(_write_shard(job)))
        write_text(job.stem.with_suffix(".json"), report.model_dump_json() + "\n")
    return len(job.files)


def load_shard(job: ShardJob) -> tuple[Row, ...]:
    """Return the rows of a finished shard, in the order of its candidates.

    Raises:
        RuntimeError: The shard is not finished.
    """
    report = _read_report(job.stem)
    if report is None or len(report.rows) != len(job.files):
        raise RuntimeError(f"{job.stem}: expected a finished shard of {len(job.files)} pictures")
    return report.rows


def _read_report(stem: Path) -> ShardReport | None:
    """Return a shard's report, or None when there is none that can be read."""
    try:
        return ShardReport.model_validate_json(stem.with_suffix(".json").read_bytes())
    except (OSError, ValidationError):
        return None


def _write_shard(job: ShardJob) -> list[Row]:
    """Write the samples and thumbnails of a shard under temporary names, then move them into place."""
    Path(job.folder).mkdir(parents=True, exist_ok=True)
    tar, luma = job.stem.with_suffix(".tar"), job.stem.with_suffix(".luma")
    parts = [path.with_name(f".{path.name}.part") for path in (tar, luma)]
    spec = None
    if job.cache is not None:
        spec = PreprocessingSpec(height=job.cache.height, width=job.cache.width, interpolation=job.cache.interpolation)
    with parts[0].open("wb") as samples, parts[1].open("wb") as thumbnails:
        writer = ShardWriter(samples)
        rows: list[Row] = []
        for position, (candidate, file) in enumerate(zip(job.candidates, job.files, strict=True), start=job.first):
            try:
                data = read_bytes(Path(file), candidate.path)
                picture = decode_bytes(data, candidate.path)
            except UnreadablePictureError as error:
                rows.append(Failed(error.reason, str(error)))
                thumbnails.write(bytes(THUMBNAIL_BYTES))
                continue
            level = luma_level(picture)
            small = thumbnail(level)
            facts = measure(data, picture, level, small)
            thumbnails.write(small.tobytes())
            offset = crc32 = 0
            if spec is not None:
                offset, crc32 = writer.add(f"{position:08d}", to_model_size(picture, spec), candidate._asdict())
            rows.append(Inspected(sha256_bytes(data), offset, crc32, facts))
        writer.finish()
    parts[1].replace(luma)
    if spec is None:
        parts[0].unlink()
    else:
        parts[0].replace(tar)
    return rows


def _key(job: ShardJob) -> str:
    """Return a digest of everything that decides a shard's bytes; files count by size and time of change."""
    versions = [PRODUCER, cv2.__version__, np.__version__]
    cache = None if job.cache is None else job.cache.model_dump(mode="json")
    return sha256_json([versions, cache, job.first, job.candidates, [_state(file) for file in job.files]])


def _state(file: str) -> Sequence[int] | None:
    """Return size and time of change of a file, or None when it cannot be asked."""
    try:
        stat = Path(file).stat()
    except OSError:
        return None
    return (stat.st_size, stat.st_mtime_ns)


def _whole(stem: Path, report: ShardReport) -> bool:
    """Tell whether a shard's files are as they were written: a power cut may keep the report and lose samples."""
    try:
        if stem.with_suffix(".luma").stat().st_size != THUMBNAIL_BYTES * len(report.rows):
            return False
        if not report.picture_bytes:
            return True
        data = memoryview(stem.with_suffix(".tar").read_bytes())
    except OSError:
        return False
    inspected = [row for row in report.rows if isinstance(row, Inspected)]
    return all(zlib.crc32(data[row.offset : row.offset + report.picture_bytes]) == row.crc32 for row in inspected)
