"""Show where the bundle comes from, file by file."""

from collections.abc import Sequence

from pipeline.report.blocks import Cell, Note, Section, digest, table, text
from pipeline.report.chain import Link, walk_back
from pipeline.report.evidence import Evidence

_COLUMNS = (text("Kind"), text("File"), text("sha256"), text("Producer"), text("Made from"))


def lineage_section(evidence: Evidence) -> Section:
    """Build the lineage's section."""
    known = {evidence.sha256[role]: path for role, path in evidence.inputs.present().items()}
    links = walk_back(evidence.inputs.bundle, known)
    chained = {link.sha256 for link in links}
    others = [(role, path) for role, path in evidence.inputs.present().items() if evidence.sha256[role] not in chained]
    missing = sum(link.producer is None for link in links)
    summaries = {item.sha256: item.summary for item in evidence.bundle.lineage}
    verdict = (
        f"{missing} ancestor(s) are not at hand; only what their children recorded is shown."
        if missing
        else "Every ancestor is at hand, and its sha256 is the one its child recorded."
    )
    return Section(
        "lineage",
        "Lineage",
        "The chain walked backwards from the bundle, nearest first. Each file is named by its sha256; "
        "hover over one to see it whole.",
        (
            Note(verdict, warning=missing > 0),
            table(
                "From the bundle back to the data set",
                [*_COLUMNS, text("Summary in the manifest")],
                [[*_row(link), summaries.get(link.sha256, "–")] for link in links],
            ),
            table(
                "Measurements beside the chain",
                _COLUMNS,
                [_row(walk_back(path, known)[0]) for role, path in others],
            )
            if others
            else Note("No measurement beside the chain."),
        ),
    )


def _row(link: Link) -> Sequence[Cell | str]:
    parents = ", ".join(f"{item.role} {item.sha256[:12]}" for item in link.parents)
    return [
        link.kind,
        Cell(link.file, code=True),
        digest(link.sha256),
        "not at hand" if link.producer is None else link.producer,
        Cell(
            parents or ("unknown" if link.producer is None else "nothing: the start of the chain"), code=bool(parents)
        ),
    ]
