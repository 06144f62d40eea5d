"""Write small data sets for the tests of the card; the split stage deals them."""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from data_tools.artifacts.model import file_ref, save_artifact
from data_tools.checks.issues import IssueRecord, write_issues
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import PictureRecord, write_records
from data_tools.duplicates.pairs import NearDuplicate, write_near_duplicates
from data_tools.randomness import keyed_generator
from data_tools.split.config import SplitConfig
from data_tools.split.stage import run as run_split
from tests.data_tools.pictures import CLASSES, encode, noise, write

SIZES = ((48, 64), (48, 64), (60, 60), (90, 40))
ISSUES = (
    IssueRecord("dry/broken.jpg", "truncated", "quarantine", 1.0, "breaks off"),
    IssueRecord("wet/copy.png", "exact_duplicate", "quarantine", 1.0, "same bytes; twin: wet/east/wet_0/0.png"),
    IssueRecord("wet/east/wet_0/0.png", "dark", "report", 0.5, "mean plus deviation 0.1"),
    IssueRecord("wet/east/wet_0/1.png", "dark", "report", 0.4, "mean plus deviation 0.1"),
)


def record(label: str, source: str, drive: int, frame: int) -> PictureRecord:
    """Return a picture whose measured values its names determine; snow is brighter than anything else."""
    path = f"{label}/{source}/{label}_{drive}/{frame}.png"
    draw = keyed_generator("tests", "card", path)
    height, width = SIZES[int(draw.integers(len(SIZES)))]
    return PictureRecord(
        path=path,
        label=label,
        source=source,
        group=f"{source}-{label}_{drive}",
        sha256=sha256(path.encode()).hexdigest(),
        height_px=height,
        width_px=width,
        camera="" if source == "east" else "front",
        time_s=None if source == "east" else 1000.0 * drive + 100 * frame,
        source_label=f"{label}_asphalt" if source == "west" else "",
        format="png",
        brightness=round(float(draw.uniform(0.7, 0.9) if label == "snow" else draw.uniform(0.2, 0.6)), 4),
        contrast=round(float(draw.uniform(0.1, 0.3)), 4),
        sharpness=round(float(draw.uniform(0.3, 0.9)), 4),
    )


def roads(drives: int = 8, frames: int = 3) -> list[PictureRecord]:
    """Return dry and wet pictures from two sources, and snow from one."""
    return [
        record(label, source, drive, frame)
        for label in CLASSES
        for source in (("east",) if label == "snow" else ("east", "west"))
        for drive in range(drives if source == "east" else drives // 2)
        for frame in range(frames)
    ]


def pair(first: PictureRecord, second: PictureRecord) -> NearDuplicate:
    a, b = sorted((first, second), key=lambda row: row.path)
    return NearDuplicate(a.path, b.path, a.group, b.group, 3, mirrored=False, similarity=0.9)


def write_dataset(
    folder: Path,
    rows: Sequence[PictureRecord],
    pairs: Sequence[NearDuplicate] = (),
    issues: Sequence[IssueRecord] = ISSUES,
    classes: tuple[str, ...] = CLASSES,
) -> Path:
    """Write dataset.json, its tables and the pictures."""
    for row in rows:
        write(folder / "pictures" / row.path, encode(noise(row.path, height=row.height_px, width=row.width_px), ".png"))
    write_records(folder / "records.csv", rows)
    write_issues(folder / "issues.csv", issues)
    write_near_duplicates(folder / "near_duplicates.csv", pairs)
    groups = {(row.label, row.group) for row in rows}
    artifact = DatasetArtifact(
        schema_version=2,
        producer="roadgrip 0.0.0",
        parents=(),
        classes=classes,
        roots={"": "pictures"},
        source_type="class_folders",
        records=file_ref(folder / "records.csv", folder),
        issues=file_ref(folder / "issues.csv", folder),
        near_duplicates=file_ref(folder / "near_duplicates.csv", folder),
        pictures=len(rows),
        pictures_by_class={label: sum(row.label == label for row in rows) for label in classes},
        groups=len({group for _, group in groups}),
        groups_by_class={label: sum(name == label for name, _ in groups) for label in classes},
        pictures_by_source=dict(Counter(row.source for row in rows)),
        quarantined_by_issue=dict(Counter(item.issue for item in issues if item.action == "quarantine")),
        reported_by_issue=dict(Counter(item.issue for item in issues if item.action == "report")),
        skipped={"frames without a label": 7},
    )
    return save_artifact(artifact, folder / "dataset.json")


def write_split(folder: Path, dataset: Path) -> Path:
    """Split a data set."""
    folder.mkdir(parents=True, exist_ok=True)
    return run_split(SplitConfig(tolerance=1, guard_gap_s=60), dataset, folder)
