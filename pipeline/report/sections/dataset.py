"""Show the data set: counts, sources, what was set aside, and sample pictures."""

from pathlib import PurePath

from data_tools.dataset.records import SetAsideRecord, read_set_aside
from data_tools.split.artifact import PARTS, OpenSplit, open_split
from pipeline.report.blocks import (
    Beside,
    Block,
    Fold,
    Gallery,
    Note,
    Plot,
    Section,
    Table,
    Thumbnail,
    facts,
    number,
    table,
    text,
)
from pipeline.report.config import ReportConfig
from pipeline.report.evidence import Evidence
from pipeline.report.formatting import count, percent
from pipeline.report.plots.bars import stacked_bars
from pipeline.report.thumbnails import choose, data_uri

_LISTED_FILES = 200
_OPEN_SOURCES = 12


def dataset_section(evidence: Evidence, config: ReportConfig) -> Section:
    """Build the data set's section."""
    split = open_split(evidence.inputs.split)
    return Section(
        "data",
        "Data set",
        "What the network learned from and what it was measured on. A group, such as one drive, is never in two parts.",
        (
            Beside((_origin(evidence), _set_aside(evidence))),
            Beside((_counts(evidence), _plot(evidence))),
            *_sources(evidence, split),
            *_set_aside_files(evidence),
            *_galleries(evidence, split, config),
        ),
    )


def _origin(evidence: Evidence) -> Block:
    dataset, split = evidence.dataset, evidence.split
    root = dataset.root_folder(evidence.inputs.dataset.parent)
    groups = " · ".join(f"{part} {count(split.groups.get(part, 0))}" for part in PARTS)
    return facts(
        "Origin and split",
        [
            ("Source type", dataset.source_type),
            ("Folder", PurePath(root).name),
            ("Classes", ", ".join(dataset.classes)),
            ("Pictures", count(dataset.pictures)),
            ("Groups", count(dataset.groups)),
            ("Split", f"{split.protocol}, seed {split.seed}"),
            ("Groups by part", groups),
            ("Groups in two parts", count(split.groups_in_two_parts)),
        ],
    )


def _counts(evidence: Evidence) -> Table:
    dataset, split = evidence.dataset, evidence.split
    by_part = {part: split.pictures.get(part, {}) for part in PARTS}
    rows = [
        [
            name,
            *(count(by_part[part].get(name, 0)) for part in PARTS),
            count(dataset.pictures_by_class.get(name, 0)),
            percent(dataset.pictures_by_class.get(name, 0) / dataset.pictures),
            count(dataset.groups_by_class.get(name, 0)),
        ]
        for name in split.classes
    ]
    totals = [count(sum(by_part[part].values())) for part in PARTS]
    rows.append(["all", *totals, count(dataset.pictures), "100.0 %", count(dataset.groups)])
    columns = [text("Class"), *(number(part) for part in PARTS), number("All"), number("Share"), number("Groups")]
    return table("Pictures by class and part", columns, rows, total=True)


def _plot(evidence: Evidence) -> Plot:
    pictures = evidence.split.pictures
    values = [[pictures.get(part, {}).get(name, 0) for part in PARTS] for name in evidence.split.classes]
    caption = "Pictures by class, split into parts"
    return Plot(caption, stacked_bars("parts", caption, evidence.split.classes, PARTS, values))


def _sources(evidence: Evidence, split: OpenSplit) -> tuple[Block, ...]:
    found: dict[tuple[str, str], int] = {}
    for part in PARTS:
        for sample in split.samples[part]:
            found[sample.source, part] = found.get((sample.source, part), 0) + 1
    sources = evidence.dataset.pictures_by_source
    rows = [
        [name, *(count(found.get((name, part), 0)) for part in PARTS), count(total)]
        for name, total in sorted(sources.items())
    ]
    columns = [text("Source"), *(number(part) for part in PARTS), number("All")]
    block = table("Pictures by source and part", columns, rows)
    return (block,) if len(rows) <= _OPEN_SOURCES else (Fold(f"{count(len(rows))} sources", (block,)),)


def _set_aside(evidence: Evidence) -> Block:
    reasons = evidence.dataset.set_aside_by_reason
    if not sum(reasons.values()):
        return facts("Set aside", [("Files", "none")])
    rows = [[reason, count(total)] for reason, total in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))]
    rows.append(["all", count(sum(reasons.values()))])
    return table("Set aside, and why", [text("Reason"), number("Files")], rows, total=True)


def _set_aside_files(evidence: Evidence) -> tuple[Block, ...]:
    folder = evidence.inputs.dataset.parent
    files = read_set_aside(folder / evidence.dataset.set_aside.path)
    if not files:
        return ()
    root = f"{evidence.dataset.root_folder(folder)}/"
    listed = [_without_root(item, root) for item in files[:_LISTED_FILES]]
    blocks: list[Block] = [table("", [text("File"), text("Reason"), text("Detail")], listed)]
    if len(files) > len(listed):
        blocks.append(Note(f"The first {len(listed)} of {count(len(files))} files; the data set lists all."))
    return (Fold(f"The files set aside ({count(len(files))})", tuple(blocks)),)


def _without_root(item: SetAsideRecord, root: str) -> list[str]:
    """Return a row that does not tell where the data set lies on this machine."""
    return [value.replace(root, "") for value in (item.path, item.reason, item.detail)]


def _galleries(evidence: Evidence, split: OpenSplit, config: ReportConfig) -> list[Block]:
    if config.sample_pictures_per_class == 0:
        return [Note("Sample pictures: none were asked for.")]
    spec = evidence.checkpoint.preprocessing
    width = config.thumbnail_px
    height = max(1, round(width * spec.height / spec.width))
    blocks: list[Block] = []
    for label, name in enumerate(split.classes):
        chosen = choose(split.samples["test"], label, config.sample_pictures_per_class)
        shown = tuple(Thumbnail(data_uri(item.file, width, height), item.image_id) for item in chosen)
        blocks.append(Gallery(f"{name}: {len(shown)} pictures of the test part", width, height, shown))
    return blocks
