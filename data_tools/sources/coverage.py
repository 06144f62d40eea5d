"""Give every candidate a class, and refuse a source that calls pictures something nobody mapped."""

import difflib
from collections import Counter
from collections.abc import Collection, Mapping
from typing import NamedTuple

from data_tools.errors import InputError
from data_tools.sources.candidates import Candidate, SourceContext
from data_tools.sources.labels import LabelMap

_NO_DEFAULT = LabelMap()


class Labelled(NamedTuple):
    """Hold the candidates that have a class, and how many were ignored."""

    candidates: list[Candidate]
    skipped: dict[str, int]


def resolve(
    counts: Mapping[str, int], context: SourceContext, where: str, default: LabelMap = _NO_DEFAULT
) -> dict[str, str | None]:
    """Map source labels to classes; None means ignored.

    The context's label map speaks first, then the source's own default (entries whose target is no class are left
    out), then a label that is a class stands for itself.

    Args:
        counts: How often the source has each label.
        context: Classes and label map.
        where: The source, for messages.
        default: Label map of the source's layout.

    Raises:
        InputError: A label is neither mapped, ignored nor a class, or a target of the context's map is no class.
    """
    context.labels.check_targets(context.classes)
    fallback = default.restricted(context.classes)
    resolved: dict[str, str | None] = {}
    unmapped: list[str] = []
    for label in sorted(counts):
        verdict = context.labels.verdict(label) or fallback.verdict(label)
        if verdict is not None:
            resolved[label] = verdict.target
        elif label in context.classes:
            resolved[label] = label
        else:
            unmapped.append(label)
    if unmapped:
        raise InputError(_unmapped_text(unmapped, counts, context.classes, where))
    return resolved


def label_candidates(
    found: list[Candidate], context: SourceContext, where: str, default: LabelMap = _NO_DEFAULT
) -> Labelled:
    """Replace the source labels that `found` holds in `label` by classes; the originals go to `source_label`.

    Raises:
        InputError: See `resolve`.
    """
    resolved = resolve(Counter(item.label for item in found), context, where, default)
    candidates: list[Candidate] = []
    ignored: Counter[str] = Counter()
    for item in found:
        target = resolved[item.label]
        if target is None:
            ignored[item.label] += 1
        else:
            candidates.append(item._replace(label=target, source_label="" if target == item.label else item.label))
    return Labelled(candidates, count_ignored(ignored))


def count_ignored(ignored: Mapping[str, int]) -> dict[str, int]:
    """Return the counts of ignored labels under the names a listing gives them."""
    return {f"pictures with the ignored label '{label}'": ignored[label] for label in sorted(ignored)}


def check_every_class(candidates: Collection[Candidate], context: SourceContext, where: str) -> None:
    """Raise unless every class has a candidate; a source that is one of several needs one of any class.

    Raises:
        InputError: A class has none; the message names them.
    """
    offered = {item.label for item in candidates}
    missing = [label for label in context.classes if label not in offered]
    if missing and not (context.partial and offered):
        raise InputError(f"{where}: expected pictures of every class; none of: {', '.join(missing)}")


def _unmapped_text(unmapped: list[str], counts: Mapping[str, int], classes: tuple[str, ...], where: str) -> str:
    """Name every unmapped label with its count, the closest class and the entry to add."""
    named: list[str] = []
    lines: list[str] = []
    for label in unmapped:
        close = difflib.get_close_matches(label, classes, n=1, cutoff=0.5) or [
            name for name in classes if name in label
        ]
        hint = f"; did you mean '{close[0]}'?" if close else ""
        named.append(f"'{label}' ({counts[label]} pictures{hint})")
        lines.append(f"{label}: {close[0] if close else 'CLASS'}")
    return (
        f"{where}: {len(unmapped)} labels are no class and stand in no label map: {', '.join(named)}; "
        f"add to the label map {{{', '.join(lines)}}}, or {{ignore: [{', '.join(unmapped)}]}} "
        f"(classes: {', '.join(classes)})"
    )
