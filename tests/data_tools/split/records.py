"""Make picture records and small data sets for the tests of the split."""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from data_tools.artifacts.model import file_ref, save_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import PictureRecord, write_records
from data_tools.duplicates.pairs import NearDuplicate, write_near_duplicates
from data_tools.split.table import PictureTable, load_table
from tests.data_tools.pictures import CLASSES


def record(
    group: str, label: str, index: int = 0, source: str = "car", camera: str = "", time_s: float | None = None
) -> PictureRecord:
    path = f"{label}/{group}/{index}.png"
    return PictureRecord(
        path=path,
        label=label,
        source=source,
        group=group,
        sha256=sha256(path.encode()).hexdigest(),
        height_px=20,
        width_px=30,
        camera=camera,
        time_s=time_s,
    )


def drives(groups: int = 6, frames: int = 3, source: str = "car") -> list[PictureRecord]:
    """Return `groups` groups of every class with `frames` pictures each."""
    return [
        record(f"{source}-{label}-{group}", label, frame, source)
        for label in CLASSES
        for group in range(groups)
        for frame in range(frames)
    ]


def near(first: PictureRecord, second: PictureRecord) -> NearDuplicate:
    a, b = sorted((first, second), key=lambda row: row.path)
    return NearDuplicate(a.path, b.path, a.group, b.group, 3, mirrored=False, similarity=0.9)


def write_dataset(
    folder: Path,
    rows: Sequence[PictureRecord],
    pairs: Sequence[NearDuplicate] = (),
    classes: tuple[str, ...] = CLASSES,
    root: str = "pictures",
) -> Path:
    """Write dataset.json and its tables for records whose pictures need not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    write_records(folder / "records.csv", rows)
    (folder / "issues.csv").write_text("path,issue,action,score,detail\n")
    write_near_duplicates(folder / "near_duplicates.csv", pairs)
    by_label = Counter(row.label for row in rows)
    artifact = DatasetArtifact(
        schema_version=2,
        producer="tests",
        parents=(),
        classes=classes,
        roots={"": root},
        source_type="manifest",
        records=file_ref(folder / "records.csv", folder),
        issues=file_ref(folder / "issues.csv", folder),
        near_duplicates=file_ref(folder / "near_duplicates.csv", folder),
        pictures=len(rows),
        pictures_by_class={label: by_label[label] for label in classes},
        groups=len({row.group for row in rows}),
        groups_by_class={label: len({row.group for row in rows if row.label == label}) for label in classes},
        pictures_by_source=dict(Counter(row.source for row in rows)),
        quarantined_by_issue={},
        reported_by_issue={},
    )
    return save_artifact(artifact, folder / "dataset.json")


def table_of(folder: Path, rows: Sequence[PictureRecord], pairs: Sequence[NearDuplicate] = ()) -> PictureTable:
    """Write a data set and read the columns that the split needs."""
    return load_table(write_dataset(folder, rows, pairs))[1]
