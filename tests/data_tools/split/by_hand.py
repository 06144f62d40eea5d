"""Store a split whose parts a test chooses itself, audited like any other."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from data_tools.artifacts.model import file_ref, parent, save_artifact
from data_tools.split.artifact import FILE_NAME, SplitArtifact
from data_tools.split.assignment import write_assignment
from data_tools.split.audit import audit
from data_tools.split.config import SplitConfig
from data_tools.split.csv_columns import write_rows
from data_tools.split.ledger import COLUMNS, EMPTY, ledger_rows
from data_tools.split.parts import CODE_OF, PARTS
from data_tools.split.plan import Plan
from data_tools.split.summary import count_distinct, count_pictures, shares_of
from data_tools.split.table import load_table


def save_split(folder: Path, dataset_path: Path, part_of: Mapping[str, str], config: SplitConfig | None = None) -> Path:
    """Write split.json and its tables for a part by path; a path without a part is left out."""
    config = config or SplitConfig()
    dataset, table = load_table(dataset_path)
    part = np.array([CODE_OF.get(part_of.get(path, ""), -1) for path in table.paths], np.int8)
    wanted = {name: float(getattr(config.fractions, name)) for name in PARTS}
    plan = Plan(part, (part < 0).astype(np.int16), ["", "left out by hand"], {}, wanted)
    write_assignment(folder / "assignment.csv", table.paths, part.tolist(), plan.reason.tolist(), plan.reasons)
    report = audit(folder / "assignment.csv", table, config.guard_gap_s).seal(folder)
    write_rows(folder / "ledger.csv", COLUMNS, ledger_rows(EMPTY, table, part, {}))
    pictures = count_pictures(table, plan)
    artifact = SplitArtifact(
        schema_version=2,
        producer="tests",
        parents=(parent("dataset", dataset_path, folder),),
        classes=dataset.classes,
        seed=config.seed,
        protocol="random",
        fractions={name: wanted[name] for name in PARTS},
        tolerance=config.tolerance,
        guard_gap_s=config.guard_gap_s,
        assignment=file_ref(folder / "assignment.csv", folder),
        ledger=file_ref(folder / "ledger.csv", folder),
        pictures=pictures,
        groups=count_distinct(table.drive, plan),
        united_groups=count_distinct(table.drive, plan),
        groups_in_two_parts=report.groups_in_two_parts,
        shares=shares_of(pictures, plan, dataset.classes),
        left_out={"left out by hand": int((part < 0).sum())} if (part < 0).any() else {},
        audit=report,
    )
    return save_artifact(artifact, folder / FILE_NAME)
