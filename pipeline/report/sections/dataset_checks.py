"""Show what the checks of the data set found."""

from data_tools.card.model import CardData, IssueFacts
from data_tools.checks.issues import QUARANTINE, IssueRecord, read_issues
from data_tools.checks.registry import get
from pipeline.report.blocks import Beside, Block, Fold, Note, facts, number, table, text
from pipeline.report.evidence import Evidence
from pipeline.report.formatting import count

_LISTED_FILES = 200


def check_blocks(evidence: Evidence, data: CardData) -> tuple[Block, ...]:
    """Return the findings by type, the near-duplicate clusters, and the quarantined files."""
    return (Beside((_found(data), _clusters(data))), *_quiet(data), *_files(evidence))


def _found(data: CardData) -> Block:
    rows = [
        [item.title, count(item.quarantined), count(item.reported), item.meaning] for item in data.issues if _any(item)
    ]
    if not rows:
        return facts("Issues", [("Findings", "none")])
    columns = [text("Issue"), number("Quarantined"), number("Reported"), text("What it means")]
    rows.append(
        [
            "all",
            count(sum(item.quarantined for item in data.issues)),
            count(sum(item.reported for item in data.issues)),
            "quarantined files are not in the data set, reported ones are",
        ]
    )
    return table("Issues that the checks found", columns, rows, total=True)


def _quiet(data: CardData) -> tuple[Block, ...]:
    """Name the checks that found nothing, and those that did not look."""
    clean = [item.title for item in data.issues if not _any(item) and item.action not in ("off", "not run")]
    blind = [item.title for item in data.issues if not _any(item) and item.action in ("off", "not run")]
    sentences = [
        f"{what}: {', '.join(names)}." for what, names in (("Found nothing", clean), ("Not looked for", blind)) if names
    ]
    return (Note(" ".join(sentences)),) if sentences else ()


def _clusters(data: CardData) -> Block:
    found = data.clusters
    if not found.clusters:
        return facts("Near duplicates", [("Clusters", "none")])
    items = [
        ("Clusters", count(found.clusters)),
        ("Pictures in a cluster", count(found.pictures)),
        ("Largest cluster", count(max(found.sizes))),
        ("Across drives", count(found.across_drives)),
        ("With more than one class", count(found.label_conflicts)),
    ]
    items += [(f"Conflict {index}", ", ".join(paths)) for index, paths in enumerate(found.conflict_examples, start=1)]
    return facts("Near duplicates", items)


def _files(evidence: Evidence) -> tuple[Block, ...]:
    folder = evidence.inputs.dataset.parent
    out = [row for row in read_issues(folder / evidence.dataset.issues.path) if row.action == QUARANTINE]
    if not out:
        return ()
    roots = [f"{(folder / root).resolve()}/" for root in evidence.dataset.roots.values()]
    listed = [_without_roots(row, roots) for row in out[:_LISTED_FILES]]
    blocks: list[Block] = [table("", [text("File"), text("Issue"), text("Detail")], listed)]
    if len(out) > len(listed):
        blocks.append(Note(f"The first {len(listed)} of {count(len(out))}; issues.csv of the data set lists all."))
    return (Fold(f"The quarantined files ({count(len(out))})", tuple(blocks)),)


def _without_roots(row: IssueRecord, roots: list[str]) -> list[str]:
    """Return a row that does not tell where the data set lies on this machine."""
    cells = [row.path, get(row.issue).title, row.detail]
    for root in roots:
        cells = [cell.replace(root, "") for cell in cells]
    return cells


def _any(item: IssueFacts) -> bool:
    return item.quarantined + item.reported > 0
