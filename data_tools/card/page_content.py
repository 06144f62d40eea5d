"""Write the part of a card's page that says what is in the data set."""

from collections.abc import Mapping, Sequence

from data_tools.card.model import CardData
from data_tools.card.wording import amount, code, escaped, percent, table
from data_tools.split.parts import PARTS

_ROWS = 20


def content_lines(data: CardData, pictures: Mapping[str, str]) -> list[str]:
    """Return the lines on classes, sources, sizes and light; `pictures` as in `markdown`."""
    parts = [part for part in PARTS if data.split is not None]
    by_part = data.split.pictures if data.split else {}
    rows = [
        [
            code(label),
            *(f"{by_part.get(part, {}).get(label, 0):,}" for part in parts),
            f"{count:,}",
            percent(count / data.pictures),
            f"{data.drives[label].drives:,}" if label in data.drives else "0",
        ]
        for label, count in data.by_class.items()
    ]
    totals = [f"{sum(by_part.get(part, {}).values()):,}" for part in parts]
    rows.append(["all", *totals, f"{data.pictures:,}", "100.0 %", f"{data.groups:,}"])
    return [
        "## What is in it",
        "",
        *table(["class", *parts, "pictures", "share", "drives"], rows),
        *picture_lines(pictures, "class_balance", "Pictures by part and class"),
        "### Sources",
        "",
        *_crossed("source", data.by_source, data.classes),
        *picture_lines(pictures, "class_by_source", "Classes by source"),
        *_source_labels(data),
        "### Resolution and format",
        "",
        *_resolutions(data),
        *picture_lines(pictures, "resolution", "Resolutions"),
        *_crossed("format", {name or "unknown": found for name, found in data.by_format.items()}, data.classes),
        "### Brightness, contrast, sharpness",
        "",
        *_look(data),
        *picture_lines(pictures, "look", "Brightness, contrast and sharpness by class"),
    ]


def _crossed(name: str, counts: Mapping[str, Mapping[str, int]], classes: Sequence[str]) -> list[str]:
    """Return a table of pictures by something and class, the largest rows first."""
    ranked = sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    rows = [
        [code(key), *(f"{found.get(label, 0):,}" for label in classes), f"{sum(found.values()):,}"]
        for key, found in ranked[:_ROWS]
    ]
    lines = table([name, *map(escaped, classes), "pictures"], rows)
    if len(ranked) > _ROWS:
        rest = sum(sum(found.values()) for _, found in ranked[_ROWS:])
        lines += [f"and {amount(len(ranked) - _ROWS, name)} more with {amount(rest, 'picture')} together.", ""]
    return lines


def _source_labels(data: CardData) -> list[str]:
    counted = sorted(
        ((count, label, name) for label, found in data.by_source_label.items() for name, count in found.items()),
        key=lambda row: (-row[0], row[1], row[2]),
    )
    if not counted:
        return []
    rows = [[code(name), code(label), f"{count:,}"] for count, label, name in counted[:_ROWS]]
    more = [f"and {amount(len(counted) - _ROWS, 'label')} more.", ""] if len(counted) > _ROWS else []
    return ["Labels as the sources write them, and the class each became:", "",
            *table(["source label", "class", "pictures"], rows, left=2), *more]  # fmt: skip


def _resolutions(data: CardData) -> list[str]:
    found = data.resolutions
    names = ["lowest", "5 %", "25 %", "median", "75 %", "95 %", "highest"]
    rows = [
        [name, *(f"{value:g}" for value in quantiles.model_dump().values())]
        for name, quantiles in (
            ("height, px", found.height_px),
            ("width, px", found.width_px),
            ("width / height", found.aspect),
        )
    ]
    top = [[f"{item.width_px}×{item.height_px}", f"{item.total:,}", percent(item.total / data.pictures)]
           for item in found.top[:10]]  # fmt: skip
    return [
        f"{amount(found.distinct, 'resolution')} (width × height); the most frequent:",
        "",
        *table(["resolution", "pictures", "share"], top),
        *table(["", *names], rows),
    ]


def _look(data: CardData) -> list[str]:
    rows = []
    for item in data.measures:
        for label, found in item.quantiles.items():
            area = f"{item.separation[label]:.2f}" if label in item.separation else "–"
            values = (found.q05, found.q25, found.median, found.q75, found.q95)
            rows.append([item.name, code(label), *(f"{value:.3f}" for value in values), area])
    return [
        (
            "Brightness is mean luma (0..1), contrast its standard deviation, sharpness the share of fine detail. The "
            "last column is the area under the ROC curve of the value for the class against the others; 0.5 tells "
            "nothing."
        ),
        "",
        *table(["value", "class", "5 %", "25 %", "median", "75 %", "95 %", "area"], rows, left=2),
    ]


def picture_lines(pictures: Mapping[str, str], name: str, title: str) -> list[str]:
    """Show a picture if there is one."""
    return [f"![{escaped(title)}]({pictures[name]})", ""] if name in pictures else []
