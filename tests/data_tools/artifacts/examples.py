"""Build small valid artifacts."""

from data_tools.artifacts.model import FileRef, Parent
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.split.artifact import SplitArtifact

CLASSES = ("dry", "wet", "snow")
REF = FileRef(path="records.csv", sha256="ab" * 32, size_bytes=7)


def dataset_artifact(**changes: object) -> DatasetArtifact:
    values: dict[str, object] = {
        "schema_version": 1,
        "producer": "tests ñ",
        "parents": (),
        "classes": CLASSES,
        "root": "pictures",
        "source_type": "manifest",
        "records": REF,
        "set_aside": FileRef(path="set_aside.csv", sha256="cd" * 32, size_bytes=0),
        "pictures": 3,
        "pictures_by_class": dict.fromkeys(CLASSES, 1),
        "groups": 3,
        "groups_by_class": dict.fromkeys(CLASSES, 1),
        "pictures_by_source": {"雪": 3},
        "set_aside_by_reason": {"truncated": 2},
    }
    return DatasetArtifact.model_validate(values | changes)


def split_artifact(**changes: object) -> SplitArtifact:
    parts = ("train", "val", "calibration", "test")
    values: dict[str, object] = {
        "schema_version": 1,
        "producer": "tests",
        "parents": (Parent(role="dataset", path="../data/dataset.json", sha256="ef" * 32),),
        "classes": CLASSES,
        "seed": 0,
        "protocol": "random",
        "assignment": REF,
        "pictures": {part: dict.fromkeys(CLASSES, 1) for part in parts},
        "groups": dict.fromkeys(parts, 3),
        "groups_in_two_parts": 0,
    }
    return SplitArtifact.model_validate(values | changes)
