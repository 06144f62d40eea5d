"""Show how the data set is split, and what the leak audit compared."""

from data_tools.split.artifact import PARTS
from pipeline.report.blocks import Beside, Block, Fold, facts, number, table, text
from pipeline.report.evidence import Evidence
from pipeline.report.formatting import count, percent


def split_blocks(evidence: Evidence) -> tuple[Block, ...]:
    """Return the split's rules, its shares, and the leak audit."""
    return (Beside((_rules(evidence), _shares(evidence))), _audit(evidence))


def _rules(evidence: Evidence) -> Block:
    split = evidence.split
    audit = split.audit
    items = [("Split", f"{split.protocol}, seed {split.seed}")]
    items += [("Test sources", ", ".join(split.test_sources))] if split.test_sources else []
    items += [("Training sources", ", ".join(split.train_sources))] if split.train_sources else []
    items += [("Carried on", "parts of an earlier split were kept")] if split.previous_sha256 else []
    items += [
        ("Guard gap", f"{split.guard_gap_s:g} s between pictures of one camera"),
        ("Groups in two parts", count(split.groups_in_two_parts)),
        ("Leak audit", f"passed: {count(audit.pictures_in_parts)} pictures, {count(audit.groups_compared)} groups"),
    ]
    items += [(f"Left out: {reason}", count(total)) for reason, total in split.left_out.items()]
    return facts("Split", items)


def _shares(evidence: Evidence) -> Block:
    split = evidence.split
    rows = []
    for part in PARTS:
        shares = split.shares.get(part)
        achieved = [percent(shares.achieved.get(name, 0.0)) if shares else "–" for name in split.classes]
        wanted = percent(shares.wanted) if shares else "–"
        rows.append(
            [part, count(split.groups.get(part, 0)), count(split.united_groups.get(part, 0)), wanted, *achieved]
        )
    columns = [text("Part"), number("Groups"), number("United groups"), number("Wanted"), *map(number, split.classes)]
    return table(f"Shares wanted and achieved (tolerance {100 * split.tolerance:g} points)", columns, rows)


def _audit(evidence: Evidence) -> Block:
    rows = [[name.replace("_", " "), count(value)] for name, value in evidence.split.audit.model_dump().items()]
    return Fold("What the leak audit compared", (table("", [text("Leak audit"), number("Count")], rows),))
