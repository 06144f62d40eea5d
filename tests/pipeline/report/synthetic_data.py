"""Write a data set and a split for the report's tests; every number is made up."""

from collections import Counter
from pathlib import Path

from data_tools.artifacts.hashing import sha256_bytes
from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.checks.issues import IssueRecord, write_issues
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import PictureRecord, write_records
from data_tools.duplicates.pairs import NearDuplicate, write_near_duplicates
from data_tools.split.artifact import PARTS, PartShares, SplitArtifact
from data_tools.split.audit import AuditReport
from tests.pipeline.report.synthetic_pictures import paint

PICTURES_PER_CLASS = 40
_PART_OF_GROUP = ("train", "train", "train", "train", "train", "train", "val", "calibration", "test", "test")
HEIGHT, WIDTH = 60, 75


def write_dataset(folder: Path, classes: tuple[str, ...], sources: tuple[str, ...]) -> Path:
    root = folder / "road_pictures"
    records = [_record(root, label, name, index, sources) for label, name in enumerate(classes) for index in range(40)]
    write_records(folder / "records.csv", records)
    issues = [
        IssueRecord("class0/broken.jpg", "truncated", "quarantine", 1.0, f"{root}/class0/broken.jpg: breaks off"),
        IssueRecord("class0/drive1/001.png", "dark", "report", 0.4, "mean plus deviation 0.15"),
        IssueRecord("class1/copy.png", "exact_duplicate", "quarantine", 1.0, "same bytes; twin: class1/drive0/000.png"),
        IssueRecord("class2/copy.png", "exact_duplicate", "quarantine", 1.0, "same bytes; twin: class2/drive3/013.png"),
    ]
    write_issues(folder / "issues.csv", issues)
    pairs = [
        NearDuplicate("class0/drive0/000.png", "class0/drive0/010.png", "0-drive0", "0-drive0", 3, False, 0.9),
        NearDuplicate("class0/drive0/010.png", "class0/drive0/020.png", "0-drive0", "0-drive0", 4, False, 0.9),
        NearDuplicate("class0/drive2/002.png", "class1/drive2/002.png", "0-drive2", "1-drive2", 5, True, 0.8),
    ]
    write_near_duplicates(folder / "near_duplicates.csv", pairs)
    artifact = DatasetArtifact(
        schema_version=2,
        producer="roadgrip 0.0.0",
        parents=(),
        classes=classes,
        roots={"": str(root.resolve())},
        source_type="class_folders",
        records=file_ref(folder / "records.csv", folder),
        issues=file_ref(folder / "issues.csv", folder),
        near_duplicates=file_ref(folder / "near_duplicates.csv", folder),
        pictures=len(records),
        pictures_by_class=dict.fromkeys(classes, PICTURES_PER_CLASS),
        groups=len(classes) * len(_PART_OF_GROUP),
        groups_by_class=dict.fromkeys(classes, len(_PART_OF_GROUP)),
        pictures_by_source=dict(Counter(item.source for item in records)),
        quarantined_by_issue={"exact_duplicate": 2, "truncated": 1},
        reported_by_issue={"dark": 1},
    )
    return save_artifact(artifact, folder / "dataset.json")


def write_split(folder: Path, dataset: Path, classes: tuple[str, ...]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["path,part,reason"]
    for label in range(len(classes)):
        for index in range(PICTURES_PER_CLASS):
            group = index % len(_PART_OF_GROUP)
            rows.append(f"class{label}/drive{group}/{index:03d}.png,{_PART_OF_GROUP[group]},")
    (folder / "assignment.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "ledger.csv").write_text("kind,name,sha256,part\n", encoding="utf-8")
    per_group = PICTURES_PER_CLASS // len(_PART_OF_GROUP)
    shares = {part: _PART_OF_GROUP.count(part) / len(_PART_OF_GROUP) for part in PARTS}
    groups = {part: len(classes) * _PART_OF_GROUP.count(part) for part in PARTS}
    artifact = SplitArtifact(
        schema_version=2,
        producer="roadgrip 0.0.0",
        parents=(parent("dataset", dataset, folder),),
        classes=classes,
        seed=7,
        protocol="random",
        fractions={"train": 0.64, "val": 0.1, "calibration": 0.06, "test": 0.2},
        tolerance=0.05,
        guard_gap_s=60,
        assignment=file_ref(folder / "assignment.csv", folder),
        ledger=file_ref(folder / "ledger.csv", folder),
        pictures={part: dict.fromkeys(classes, per_group * _PART_OF_GROUP.count(part)) for part in PARTS},
        groups=groups,
        united_groups={part: count - (part == "train") for part, count in groups.items()},
        groups_in_two_parts=0,
        shares={
            part: PartShares(wanted=wanted, achieved=dict.fromkeys(classes, shares[part]))
            for part, wanted in (("train", 0.64), ("val", 0.1), ("calibration", 0.06), ("test", 0.2))
        },
        left_out={},
        audit=_audit(len(classes) * PICTURES_PER_CLASS, sum(groups.values())),
    )
    return save_artifact(artifact, folder / "split.json")


def _record(root: Path, label: int, name: str, index: int, sources: tuple[str, ...]) -> PictureRecord:
    group = index % len(_PART_OF_GROUP)
    path = f"class{label}/drive{group}/{index:03d}.png"
    data = paint(label, index, HEIGHT, WIDTH)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(data)
    return PictureRecord(
        path=path,
        label=name,
        source=sources[group % len(sources)],
        group=f"{label}-drive{group}",
        sha256=sha256_bytes(data),
        height_px=HEIGHT,
        width_px=WIDTH,
        format="png",
        brightness=round(0.2 + 0.2 * label + 0.003 * index, 4),
    )


def _audit(pictures: int, groups: int) -> AuditReport:
    """Return the report of an audit that found nothing."""
    zero = dict.fromkeys(AuditReport.model_fields, 0)
    return AuditReport(
        **(zero | {"pictures_in_parts": pictures, "drives_compared": groups, "groups_compared": groups - 1})
    )
