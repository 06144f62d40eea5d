"""Remember what each stage of a run last did, and tell whether that still holds."""

from pathlib import Path
from typing import Literal

from data_tools.artifacts.hashing import sha256_file
from data_tools.artifacts.model import Record, check_payload, load_artifact
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.dataset.records import iterate_records
from data_tools.errors import RoadgripError
from pipeline.stages.table import Stage

STATE_FOLDER = ".state"


class StageRecord(Record):
    """Hold the key of a finished stage and the sha256 of its artifact."""

    schema_version: Literal[1]
    stage: str
    key: str
    artifact_sha256: str
    seconds: float


def record_path(run_folder: Path, stage: Stage) -> Path:
    """Return where a stage's record lies."""
    return run_folder / STATE_FOLDER / f"{stage.name}.json"


def artifact_path(run_folder: Path, stage: Stage) -> Path:
    """Return where a stage's artifact lies."""
    return run_folder / stage.name / stage.file_name


def read_record(run_folder: Path, stage: Stage) -> StageRecord | None:
    """Return a stage's record, or None when there is none that can be read."""
    path = record_path(run_folder, stage)
    if not path.is_file():
        return None
    try:
        return StageRecord.model_validate_json(path.read_text(encoding="utf-8"))
    except ValueError:
        return None


def why_stale(run_folder: Path, stage: Stage, key: str) -> str | None:
    """Say why a stage must run again, or return None when its result still holds.

    Its result holds when the key is the same and every file it left is there with the recorded content.
    """
    record = read_record(run_folder, stage)
    if record is None:
        return "it has not run yet"
    if record.key != key:
        return "its inputs, configuration or code changed"
    return why_damaged(run_folder, stage, record)


def why_damaged(run_folder: Path, stage: Stage, record: StageRecord) -> str | None:
    """Say which file of a finished stage is missing or was changed, or return None."""
    path = artifact_path(run_folder, stage)
    if not path.is_file() or sha256_file(path) != record.artifact_sha256:
        return f"{path.name} is missing or was changed"
    try:
        artifact = load_artifact(stage.artifact, path)
        check_payload(artifact, path.parent)
    except RoadgripError as error:
        return str(error)
    if isinstance(artifact, DatasetArtifact):
        return _why_lost(artifact, path.parent)
    return None


def _why_lost(dataset: DatasetArtifact, folder: Path) -> str | None:
    """Say which picture or shard of a data set is missing, or return None; contents are compared when they are read."""
    for shard in dataset.cache.shards if dataset.cache else ():
        file = folder / shard.path
        if not file.is_file() or file.stat().st_size != shard.size_bytes:
            return f"the shard {shard.path} is missing or was cut off"
    file_of = dataset.file_namer(folder)
    records = iterate_records(folder / dataset.records.path)
    lost = next((row.path for row in records if not file_of(row.path).is_file()), None)
    return None if lost is None else f"the picture {lost} is missing"
