"""Show the data set: counts, sources, checks, split, and sample pictures."""

from collections.abc import Sequence

from data_tools.card.collect import collect
from data_tools.card.model import CardData
from data_tools.card.resolution import most_frequent
from data_tools.card.weak_spots import weak_spots
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
from pipeline.report.plots.outlines import outline_plot
from pipeline.report.sections.dataset_checks import check_blocks
from pipeline.report.sections.dataset_split import split_blocks
from pipeline.report.thumbnails import choose, data_uri

_OPEN_SOURCES = 12
_LISTED_SOURCES = 200


def dataset_section(evidence: Evidence, config: ReportConfig) -> Section:
    """Build the data set's section."""
    split = open_split(evidence.inputs.split)
    data = collect(evidence.inputs.dataset, evidence.inputs.split)
    return Section(
        "data",
        "Data set",
        "What the network learned from and what it was measured on. A group, such as one drive, is never in two parts.",
        (
            *_weak(data),
            Beside((_origin(evidence, data), _counts(evidence))),
            Beside((_plot(evidence), _resolutions(data))),
            _sources(data, split),
            *_looks(data),
            *check_blocks(evidence, data),
            *split_blocks(evidence),
            *_galleries(evidence, split, config),
        ),
    )


def _weak(data: CardData) -> tuple[Block, ...]:
    rows = [[spot.plain] for spot in weak_spots(data)]
    return (table("Weak spots that the numbers show", [text("Weak spot")], rows),) if rows else ()


def _origin(evidence: Evidence, data: CardData) -> Block:
    dataset, folder = evidence.dataset, evidence.inputs.dataset.parent
    cache = data.cache
    kept = f"{cache.width}×{cache.height} px, {count(cache.shards)} shards" if cache else "none"
    items = [
        ("Source type", dataset.source_type),
        ("Folder", ", ".join((folder / root).resolve().name for root in dataset.roots.values())),
        ("Classes", ", ".join(dataset.classes)),
        ("Pictures", count(dataset.pictures)),
        ("Groups", count(dataset.groups)),
        ("Sources", count(len(data.by_source))),
        ("Cameras named", count(data.cameras)),
        ("Formats", ", ".join(f"{name or 'unknown'} {count(sum(found.values()))}"
                              for name, found in data.by_format.items())),
        ("Kept at model size", kept),
    ]  # fmt: skip
    items += [(f"Skipped: {what}", count(total)) for what, total in data.skipped.items()]
    return facts("Origin", items)


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


def _resolutions(data: CardData) -> Plot:
    rows = most_frequent(data)
    caption = f"Pictures by resolution (width × height, px; {count(data.resolutions.distinct)} in all) and class"
    values = [[found.get(name, 0) for name in data.classes] for _, found in rows]
    return Plot(caption, stacked_bars("resolutions", caption, [name for name, _ in rows], data.classes, values))


def _looks(data: CardData) -> tuple[Block, ...]:
    plots = tuple(
        Plot(
            f"{measure.name.capitalize()} by class",
            outline_plot(measure.name, f"{measure.name} by class", measure, data.classes),
        )
        for measure in data.measures
        if measure.name in ("brightness", "sharpness")
    )
    return (Beside(plots),)


def _sources(data: CardData, split: OpenSplit) -> Block:
    """Show the sources by class, where a class of one source stands out, and by part."""
    found: dict[str, dict[str, int]] = {name: {} for name in data.by_source}
    for part in PARTS:
        for sample in split.samples[part]:
            found[sample.source][part] = found[sample.source].get(part, 0) + 1
    ranked = sorted(data.by_source, key=lambda name: (-sum(data.by_source[name].values()), name))[:_LISTED_SOURCES]
    more = len(data.by_source) - len(ranked)
    blocks: list[Block] = [
        Beside(
            (
                _source_table("Pictures by source and class", ranked, data.by_source, data.classes, data.by_source),
                _source_table("Pictures by source and part", ranked, found, PARTS, data.by_source),
            )
        )
    ]
    if more:
        blocks.append(Note(f"The {count(len(ranked))} largest sources; {count(more)} more are in the data set."))
    shown = len(data.by_source) <= _OPEN_SOURCES
    return blocks[0] if shown else Fold(f"{count(len(data.by_source))} sources", tuple(blocks))


def _source_table(
    caption: str,
    sources: Sequence[str],
    counts: dict[str, dict[str, int]],
    columns: Sequence[str],
    totals: dict[str, dict[str, int]],
) -> Table:
    rows = [
        [name, *(count(counts[name].get(column, 0)) for column in columns), count(sum(totals[name].values()))]
        for name in sources
    ]
    return table(caption, [text("Source"), *map(number, columns), number("All")], rows)


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
