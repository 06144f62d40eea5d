"""Write a data set card as Markdown: what is in it, how it was checked, how it is split, where it is weak."""

from collections.abc import Mapping, Sequence

from data_tools.card.model import CardData
from data_tools.card.page_checks import check_lines
from data_tools.card.page_content import content_lines, picture_lines
from data_tools.card.page_split import split_lines
from data_tools.card.weak_spots import WeakSpot
from data_tools.card.wording import amount, escaped, table

_ROWS = 20


def markdown(data: CardData, weak: Sequence[WeakSpot], pictures: Mapping[str, str]) -> str:
    """Return the page.

    Args:
        data: The numbers.
        weak: What they show.
        pictures: Path, relative to the page, of the picture with each name: `class_balance`, `class_by_source`,
            `resolution`, `look` and `samples <class>`.
    """
    lines = [
        f"# Data set card: {' / '.join(map(escaped, data.classes))}",
        "",
        (
            f"{amount(data.pictures, 'picture')} in {amount(data.groups, 'drive')} from "
            f"{amount(len(data.by_source), 'source')} (read as `{data.source_type}`), built with {data.producer}. "
            "Every number on this page is counted from the data set's own tables."
        ),
        "",
        *_weak(weak),
        *content_lines(data, pictures),
        *check_lines(data),
        *split_lines(data),
        *_samples(data, pictures),
        *_origin(data),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _weak(weak: Sequence[WeakSpot]) -> list[str]:
    lines = [f"- {spot.text}" for spot in weak] or ["None that the numbers show."]
    return ["## Known weak spots", "", *lines, ""]


def _samples(data: CardData, pictures: Mapping[str, str]) -> list[str]:
    lines = ["## Sample pictures", "", "Drawn at random, spread over sources and drives; not chosen.", ""]
    for label in data.classes:
        lines += [f"### {escaped(label)}", "", *picture_lines(pictures, f"samples {label}", f"Samples of {label}")]
    return lines


def _origin(data: CardData) -> list[str]:
    rows = [["dataset.json", f"`{data.dataset_sha256}`"]]
    if data.split is not None:
        rows.append(["split.json", f"`{data.split.sha256}`"])
    cache = data.cache
    kept = (
        f"Pictures are kept ready at {cache.width}×{cache.height} px ({cache.interpolation}) in "
        f"{amount(cache.shards, 'shard')}, {cache.size_bytes / 2**20:,.0f} MiB."
        if cache
        else "No pictures are kept at model size."
    )
    return [
        "## Made from",
        "",
        *table(["file", "sha256"], rows, left=2),
        kept,
        "",
        "The numbers: [card.json](card.json).",
    ]
