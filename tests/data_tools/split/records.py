"""Make picture records and small data sets for the tests of the split."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from data_tools.artifacts.model import file_ref, save_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import PictureRecord, write_records, write_set_aside
from tests.data_tools.pictures import CLASSES


def record(group: str, label: str, index: int = 0, source: str = "car") -> PictureRecord:
    return PictureRecord(
        path=f"{label}/{group}/{index}.png",
        label=label,
        source=source,
        group=group,
        sha256="0" * 64,
        height_px=20,
        width_px=30,
    )


def drives(groups: int = 6, frames: int = 3, source: str = "car") -> list[PictureRecord]:
    """Return `groups` groups of every class with `frames` pictures each."""
    return [
        record(f"{source}-{label}-{group}", label, frame, source)
        for label in CLASSES
        for group in range(groups)
        for frame in range(frames)
    ]


def write_dataset(folder: Path, rows: Sequence[PictureRecord]) -> Path:
    """Write dataset.json and its tables for records whose pictures need not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    write_records(folder / "records.csv", rows)
    write_set_aside(folder / "set_aside.csv", [])
    by_label = Counter(row.label for row in rows)
    artifact = DatasetArtifact(
        schema_version=1,
        producer="tests",
        parents=(),
        classes=CLASSES,
        root="pictures",
        source_type="manifest",
        records=file_ref(folder / "records.csv", folder),
        set_aside=file_ref(folder / "set_aside.csv", folder),
        pictures=len(rows),
        pictures_by_class={label: by_label[label] for label in CLASSES},
        groups=len({row.group for row in rows}),
        groups_by_class={label: len({row.group for row in rows if row.label == label}) for label in CLASSES},
        pictures_by_source=dict(Counter(row.source for row in rows)),
        set_aside_by_reason={},
    )
    return save_artifact(artifact, folder / "dataset.json")
