"""Write the part of a card's page that says how the data set was checked."""

from data_tools.card.model import CardData
from data_tools.card.wording import amount, code, escaped

_ROWS = 20


def check_lines(data: CardData) -> list[str]:
    """Return the lines on findings, skipped files and near duplicates."""
    rows = [
        [f"{item.title} (`{item.name}`)", item.action, f"{item.quarantined:,}", f"{item.reported:,}", item.meaning]
        for item in data.issues
    ]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    skipped = [f"- skipped, {escaped(what)}: {count:,}" for what, count in data.skipped.items()]
    return [
        "## How it was checked",
        "",
        (
            "Every file was opened, decoded whole, hashed and measured. A quarantined file is not in the data set; a "
            "reported one is. Nothing was deleted; `issues.csv` beside `dataset.json` lists every finding."
        ),
        "",
        "| check | action | quarantined | reported | what a finding says |",
        "| --- | --- | ---: | ---: | --- |",
        *lines,
        "",
        *([*skipped, ""] if skipped else []),
        *_clusters(data),
    ]


def _clusters(data: CardData) -> list[str]:
    found = data.clusters
    if not found.clusters:
        return ["Near duplicates: none between usable pictures.", ""]
    sizes = ", ".join(f"{count:,} of {size:,}" for size, count in list(found.sizes.items())[:_ROWS])
    largest = f"; the largest has {max(found.sizes):,}" if len(found.sizes) > _ROWS else ""
    lines = [
        (
            f"Near duplicates: {amount(found.clusters, 'cluster')} with {amount(found.pictures, 'picture')} (clusters "
            f"by size: {sizes}{largest}). Clusters across several drives: {found.across_drives:,}; with pictures of "
            f"more than one class: {found.label_conflicts:,}."
        ),
        "",
    ]
    lines += [
        f"- conflict: {', '.join(map(code, example[:6]))}{', …' if len(example) > 6 else ''}"
        for example in found.conflict_examples
    ]
    return [*lines, ""] if found.conflict_examples else lines
