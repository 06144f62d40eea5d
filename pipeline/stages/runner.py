"""Run stages in order; skip the ones whose inputs, configuration and code are unchanged."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Literal, NamedTuple

from data_tools.artifacts.atomic import new_folder, remove_folder, write_text
from data_tools.artifacts.hashing import sha256_file
from data_tools.errors import InputError, RoadgripError
from data_tools.progress import Progress, silent
from data_tools.validation import closest
from pipeline.stages.config import RunConfig
from pipeline.stages.identity import stage_key
from pipeline.stages.lock import locked
from pipeline.stages.requirements import require
from pipeline.stages.state import StageRecord, artifact_path, read_record, record_path, why_damaged, why_stale
from pipeline.stages.table import NAMES, STAGES, Stage, Task

LOGGER = logging.getLogger("roadgrip")
ProgressFactory = Callable[[], AbstractContextManager[Progress]]


class Outcome(NamedTuple):
    """Say what happened to one stage."""

    stage: str
    action: Literal["ran", "up to date", "reused"]
    seconds: float
    artifact: Path


def silent_progress() -> AbstractContextManager[Progress]:
    """Give a progress that shows nothing."""
    return nullcontext(silent)


def run_stages(
    config: RunConfig,
    *,
    first: str | None = None,
    last: str | None = None,
    force: bool = False,
    progress: ProgressFactory = silent_progress,
) -> list[Outcome]:
    """Run the stages of a run from `first` to `last`.

    Args:
        config: The run.
        first: Name of the first stage to consider; the ones before it must be up to date and are reused.
        last: Name of the last stage to consider.
        force: Run the considered stages even when they are up to date.
        progress: Makes a progress display for one stage.

    Returns:
        What happened to each stage up to `last`, in order.

    Raises:
        InputError: A stage name is unknown, a stage before `first` is not up to date, or the input is bad.
        MissingDependencyError: A package that a stage needs is missing; nothing has run then.
        CheckFailedError: A check of a stage did not hold.
    """
    begin, end = _position(first, 0), _position(last, len(STAGES) - 1)
    if begin > end:
        raise InputError(f"--from {first} comes after --to {last}; the order is: {', '.join(NAMES)}")
    chosen = STAGES[: end + 1]
    require(dict.fromkeys(extra for stage in chosen[begin:] for extra in stage.extras), "roadgrip run")
    with locked(config.folder), _log_file(config.folder / "run.log"):
        outcomes: list[Outcome] = []
        done: dict[str, Path] = {}
        for position, stage in enumerate(chosen):
            outcome = _run_one(config, stage, done, reuse_only=position < begin, force=force, progress=progress)
            done[stage.name] = outcome.artifact
            outcomes.append(outcome)
    return outcomes


def _run_one(
    config: RunConfig, stage: Stage, done: dict[str, Path], *, reuse_only: bool, force: bool, progress: ProgressFactory
) -> Outcome:
    """Bring one stage up to date."""
    folder = config.folder
    parents = {name: sha256_file(done[name]) for name in stage.parents}
    key = stage_key(stage.name, stage.config(config), parents, stage.code, stage.outside(config))
    reason = why_stale(folder, stage, key)
    target = artifact_path(folder, stage)
    if reuse_only:
        if reason is not None:
            raise InputError(f"stage '{stage.name}' is not up to date ({reason}); start with --from {stage.name}")
        return Outcome(stage.name, "reused", 0.0, target)
    if reason is None and not force:
        LOGGER.info("%s: up to date", stage.name)
        return Outcome(stage.name, "up to date", 0.0, target)
    LOGGER.info("%s: %s (%s)", stage.name, stage.what, reason or "forced")
    start = time.monotonic()
    partial = folder / ".partial" / stage.name
    record_path(folder, stage).unlink(missing_ok=True)
    with new_folder(folder / stage.name) as out_dir, progress() as report:
        inputs = {name: done[name] for name in stage.parents}
        stage.run(Task(config, inputs, out_dir, partial, target if target.is_file() else None, report))
        if not (out_dir / stage.file_name).is_file():
            raise RoadgripError(f"stage '{stage.name}' left no {stage.file_name}")
    remove_folder(partial)
    seconds = time.monotonic() - start
    record = StageRecord(
        schema_version=1, stage=stage.name, key=key, artifact_sha256=sha256_file(target), seconds=round(seconds, 3)
    )
    damage = why_damaged(folder, stage, record)
    if damage is not None:
        raise RoadgripError(f"stage '{stage.name}' left a broken result: {damage}")
    write_text(record_path(folder, stage), record.model_dump_json(indent=2) + "\n")
    LOGGER.info("%s: done in %.1f s", stage.name, seconds)
    return Outcome(stage.name, "ran", seconds, target)


def total_seconds(config: RunConfig, outcomes: Sequence[Outcome]) -> float:
    """Return the seconds that the stages took when they last ran."""
    by_name = {stage.name: stage for stage in STAGES}
    records = (read_record(config.folder, by_name[outcome.stage]) for outcome in outcomes)
    return sum(record.seconds for record in records if record is not None)


def _position(name: str | None, default: int) -> int:
    """Return a stage's position."""
    if name is None:
        return default
    if name not in NAMES:
        raise InputError(f"unknown stage '{name}'; {closest(name, NAMES)}")
    return NAMES.index(name)


@contextmanager
def _log_file(path: Path) -> Iterator[None]:
    """Append the log of this run to a file."""
    handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOGGER.addHandler(handler)
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        handler.close()
