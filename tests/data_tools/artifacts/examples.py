"""Build small valid artifacts."""

from data_tools.artifacts.model import FileRef, Parent
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.split.artifact import SplitArtifact
from data_tools.split.audit import AuditReport

CLASSES = ("dry", "wet", "snow")
PARTS = ("train", "val", "calibration", "test")
REF = FileRef(path="records.csv", sha256="ab" * 32, size_bytes=7)
EMPTY = FileRef(path="issues.csv", sha256="cd" * 32, size_bytes=0)


def dataset_artifact(**changes: object) -> DatasetArtifact:
    values: dict[str, object] = {
        "schema_version": 2,
        "producer": "tests ñ",
        "parents": (),
        "classes": CLASSES,
        "roots": {"a": "pictures/a", "雪": "/data/雪"},
        "source_type": "manifest",
        "records": REF,
        "issues": EMPTY,
        "near_duplicates": EMPTY,
        "pictures": 3,
        "pictures_by_class": dict.fromkeys(CLASSES, 1),
        "groups": 3,
        "groups_by_class": dict.fromkeys(CLASSES, 1),
        "pictures_by_source": {"雪": 3},
        "quarantined_by_issue": {"truncated": 2},
        "reported_by_issue": {"blurred": 1},
    }
    return DatasetArtifact.model_validate(values | changes)


def split_artifact(**changes: object) -> SplitArtifact:
    values: dict[str, object] = {
        "schema_version": 2,
        "producer": "tests",
        "parents": (Parent(role="dataset", path="../data/dataset.json", sha256="ef" * 32),),
        "classes": CLASSES,
        "seed": 0,
        "protocol": "random",
        "fractions": dict.fromkeys(PARTS, 0.25),
        "tolerance": 0.02,
        "guard_gap_s": 2.0,
        "assignment": REF,
        "ledger": REF,
        "pictures": {part: dict.fromkeys(CLASSES, 1) for part in PARTS},
        "groups": dict.fromkeys(PARTS, 3),
        "united_groups": dict.fromkeys(PARTS, 3),
        "groups_in_two_parts": 0,
        "shares": {part: {"wanted": 0.25, "achieved": dict.fromkeys(CLASSES, 0.25)} for part in PARTS},
        "left_out": {},
        "audit": dict.fromkeys(AuditReport.model_fields, 0),
    }
    return SplitArtifact.model_validate(values | changes)
