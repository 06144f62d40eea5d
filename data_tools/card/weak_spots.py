"""Say where a data set is weak, from its numbers alone."""

import re
from collections.abc import Callable, Iterator
from typing import Literal

from data_tools.artifacts.model import Record
from data_tools.card.model import CardData, SplitFacts
from data_tools.card.wording import amount, code, escaped, listed, percent
from data_tools.metrics.intervals import wilson_interval

Kind = Literal["confound", "one_source", "imbalance", "drives", "look", "test_size", "labels", "checks", "split"]

GUESS_GAIN = 0.10
"""Share of pictures by which a shortcut must beat the most frequent class to be named."""
IMBALANCE = 1.5
FEW_DRIVES = 20
LARGE_DRIVE = 0.2
SEPARATION = 0.8
WIDE_INTERVAL = 0.10
_RECALL = 0.9


class WeakSpot(Record):
    """State one weakness; the text is Markdown."""

    kind: Kind
    text: str

    @property
    def plain(self) -> str:
        """Return the text without Markdown."""
        return re.sub(r"\\(.)|`", lambda found: found[1] or "", self.text)


def weak_spots(data: CardData) -> tuple[WeakSpot, ...]:
    """Return the weaknesses that the numbers show, the ones that mislead most first."""
    rules: tuple[tuple[Kind, Callable[[CardData], Iterator[str]]], ...] = (
        ("confound", _confounds),
        ("one_source", _one_source),
        ("look", _look),
        ("labels", _labels),
        ("imbalance", _imbalance),
        ("drives", _drives),
        ("test_size", _test_size),
        ("checks", _checks),
        ("split", _split),
    )
    return tuple(WeakSpot(kind=kind, text=text) for kind, rule in rules for text in rule(data))


def _confounds(data: CardData) -> Iterator[str]:
    if len(data.by_source) > 1:
        for label in data.classes:
            sources = [name for name, counts in data.by_source.items() if counts.get(label)]
            if len(sources) == 1:
                yield (
                    f"Confound of class and source: every picture of {code(label)} comes from the one source "
                    f"{code(sources[0])}. Whatever marks that source – camera, place, processing – marks the class as "
                    "well as the road does, and no test part made from these pictures can tell the two apart."
                )
        pure = {name: counts for name, counts in data.by_source.items() if len(counts) == 1}
        if pure:
            total = sum(sum(counts.values()) for counts in pure.values())
            named = listed(f"{code(name)} ({escaped(next(iter(counts)))})" for name, counts in pure.items())
            yield (
                f"Confound of class and source: {amount(len(pure), 'source')} of {len(data.by_source):,} "
                f"{'has' if len(pure) == 1 else 'have'} pictures of one class only, {percent(total / data.pictures)} "
                f"of all pictures: {named}."
            )
    for name in ("source", "camera", "format", "resolution"):
        if data.guessed_from[name] - data.guessed_from["nothing"] >= GUESS_GAIN:
            yield (
                f"The {name} gives the class away: guessing the most frequent class among the other pictures of the "
                f"same {name} is right for {percent(data.guessed_from[name])} of the pictures without a look at the "
                f"road, against {percent(data.guessed_from['nothing'])} for the most frequent class alone."
            )


def _one_source(data: CardData) -> Iterator[str]:
    if len(data.by_source) == 1:
        yield (
            f"All pictures come from one source, {code(next(iter(data.by_source)))}: how a model does on another "
            "camera or in another place cannot be measured with this data set."
        )


def _look(data: CardData) -> Iterator[str]:
    for measure in data.measures:
        for label, area in measure.separation.items():
            if max(area, 1 - area) >= SEPARATION:
                side = "above" if area > 0.5 else "below"
                yield (
                    f"The {measure.name} alone goes far: a picture of {code(label)} lies {side} one of another class "
                    f"in {percent(max(area, 1 - area))} of all such pairs."
                )


def _labels(data: CardData) -> Iterator[str]:
    if data.clusters.label_conflicts:
        yield (
            f"{amount(data.clusters.label_conflicts, 'cluster')} of near duplicates with pictures of more than one "
            "class: at least one label in each is wrong or arguable."
        )


def _imbalance(data: CardData) -> Iterator[str]:
    most = max(data.classes, key=lambda label: data.by_class[label])
    least = min(data.classes, key=lambda label: data.by_class[label])
    if data.by_class[most] >= IMBALANCE * data.by_class[least] > 0:
        yield (
            f"Class imbalance: {code(most)} has {data.by_class[most] / data.by_class[least]:.1f} times the pictures "
            f"of {code(least)} ({data.by_class[most]:,} against {data.by_class[least]:,})."
        )


def _drives(data: CardData) -> Iterator[str]:
    for label, found in data.drives.items():
        if found.drives < FEW_DRIVES:
            yield (
                f"Few drives: {code(label)} has {amount(found.drives, 'drive')}; its "
                f"{amount(data.by_class[label], 'picture')} are worth far fewer independent ones."
            )
        share = found.largest_pictures / data.by_class[label]
        if share >= LARGE_DRIVE and found.drives > 1:
            yield f"One drive, {code(found.largest)}, has {percent(share)} of the pictures of {code(label)}."
    alone = data.drives_of_one_picture
    if 2 * alone > data.groups:
        yield (
            f"{percent(alone / data.groups)} of the drives have one picture. If the source does not name its drives, "
            "pictures of one drive can stand in two parts unless the near-duplicate search joins them."
        )


def _test_size(data: CardData) -> Iterator[str]:
    for label, count in (data.split.pictures.get("test", {}) if data.split else {}).items():
        if count == 0:
            yield f"The test part has no picture of {code(label)}: nothing can be said about it."
            continue
        low, high = wilson_interval(round(_RECALL * count), count)
        if high - low > WIDE_INTERVAL:
            yield (
                f"The test part has {amount(count, 'picture')} of {code(label)}: a recall of {100 * _RECALL:.0f} % "
                f"measured on it has a 95 % interval of {percent(low)} to {percent(high)}, its pictures counted as "
                "independent."
            )


def _checks(data: CardData) -> Iterator[str]:
    staying = [f"{item.title} {item.reported:,}" for item in data.issues if item.reported]
    if staying:
        total = sum(item.reported for item in data.issues)
        yield (
            f"{amount(total, 'finding')} reported, not quarantined; the pictures are in the data set: "
            f"{listed(staying)}."
        )
    blind = [item.title for item in data.issues if item.action in ("off", "not run")]
    if blind:
        yield f"Not looked for: {listed(blind)}."


def _split(data: CardData) -> Iterator[str]:
    split: SplitFacts | None = data.split
    if split is None:
        yield "Not split: nothing says yet which pictures a model may learn from."
        return
    if split.guard_gap_s and data.without_camera_or_time:
        yield (
            f"{data.without_camera_or_time:,} of {amount(data.pictures, 'picture')} have no camera or no capture time: "
            f"the guard gap of {split.guard_gap_s:g} s cannot keep them with their neighbours."
        )
    for reason, count in split.left_out.items():
        yield f"{amount(count, 'picture')} in no part: {reason}."
