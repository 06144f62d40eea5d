"""Run the split stage: dataset.json → every group in exactly one part, audited → split.json."""

import logging
from pathlib import Path

from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent
from data_tools.split.artifact import FILE_NAME, SplitArtifact
from data_tools.split.assignment import write_assignment
from data_tools.split.audit import audit
from data_tools.split.config import SplitConfig
from data_tools.split.csv_columns import write_rows
from data_tools.split.groups import unite
from data_tools.split.ledger import COLUMNS, EMPTY, ledger_rows
from data_tools.split.parts import PARTS
from data_tools.split.plan import make_plan
from data_tools.split.previous import open_previous
from data_tools.split.summary import count_distinct, count_left_out, count_pictures, shares_of
from data_tools.split.table import load_table

_LOG = logging.getLogger("roadgrip")


def run(
    config: SplitConfig, dataset_path: Path, out_dir: Path, progress: Progress = silent, previous: Path | None = None
) -> Path:
    """Split a data set by group, and audit what was written before it becomes a split.

    Args:
        config: Shares, seed, protocol, guard gap and tolerance.
        dataset_path: dataset.json.
        out_dir: Where split.json and its tables go.
        progress: Told when the groups are dealt, and when the audit has passed.
        previous: split.json of an earlier split; whatever it gave a part to keeps it, and only the rest is dealt.

    Returns:
        The path of split.json.

    Raises:
        InputError: A class has too few groups, the shares cannot be met within the tolerance, a source pattern is
            wrong, or the earlier split was made by other rules.
        CheckFailedError: The data set's tables were changed, pictures in two parts of the earlier split are tied, or
            the audit found a leak.
    """
    dataset, table = load_table(dataset_path)
    earlier, previous_sha256 = open_previous(previous, config, dataset.classes) if previous else (EMPTY, None)
    plan = make_plan(config, table, earlier)
    progress(1, 2, "dealing groups to parts")
    unaudited, assignment, ledger = (out_dir / f"{name}.csv" for name in (".unaudited", "assignment", "ledger"))
    try:
        write_assignment(unaudited, table.paths, plan.part.tolist(), plan.reason.tolist(), plan.reasons)
        report = audit(unaudited, table, config.guard_gap_s, earlier).seal(out_dir)
        unaudited.replace(assignment)
        write_rows(unaudited, COLUMNS, ledger_rows(earlier, table, plan.part, plan.drives))
        unaudited.replace(ledger)
    finally:
        unaudited.unlink(missing_ok=True)
    progress(2, 2, "auditing the split")
    pictures = count_pictures(table, plan)
    united = unite(table, config.guard_gap_s, plan.part >= 0, copies=False).of[: len(table)]
    artifact = SplitArtifact(
        schema_version=2,
        producer=PRODUCER,
        parents=(parent("dataset", dataset_path, out_dir),),
        classes=dataset.classes,
        seed=config.seed,
        protocol="by_source" if config.test_sources else "random",
        test_sources=config.test_sources,
        train_sources=config.train_sources,
        fractions={part: float(getattr(config.fractions, part)) for part in PARTS},
        tolerance=config.tolerance,
        guard_gap_s=config.guard_gap_s,
        previous_sha256=previous_sha256,
        assignment=file_ref(assignment, out_dir),
        ledger=file_ref(ledger, out_dir),
        pictures=pictures,
        groups=count_distinct(table.drive, plan),
        united_groups=count_distinct(united, plan),
        groups_in_two_parts=report.groups_in_two_parts,
        shares=shares_of(pictures, plan, dataset.classes),
        left_out=count_left_out(plan),
        audit=report,
    )
    _tell(artifact)
    return save_artifact(artifact, out_dir / FILE_NAME)


def _tell(split: SplitArtifact) -> None:
    """Log what a reader of the counts could miss."""
    for reason, count in split.left_out.items():
        _LOG.warning("split: %d picture(s) are in no part: %s", count, reason)
    lacking = [name for name, count in split.pictures["test"].items() if count == 0]
    if lacking:
        _LOG.warning("split: the test sources have no picture of %s", ", ".join(lacking))
