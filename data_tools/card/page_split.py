"""Write the part of a card's page that says how the data set is split."""

from data_tools.card.model import CardData
from data_tools.card.wording import amount, code, escaped, percent, table
from data_tools.split.parts import PARTS


def split_lines(data: CardData) -> list[str]:
    """Return the lines on protocol, shares and leak audit."""
    split = data.split
    if split is None:
        return ["## How it is split", "", "It is not split.", ""]
    how = {"random": "whole groups dealt at random", "by_source": "the test part is whole sources"}
    about = [
        f"- protocol: {split.protocol} ({how.get(split.protocol, 'see the split stage')}), seed {split.seed}"
        + (", earlier parts kept" if split.carries_on else ""),
        *([f"- test sources: {', '.join(map(code, split.test_sources))}"] if split.test_sources else []),
        *([f"- training sources: {', '.join(map(code, split.train_sources))}"] if split.train_sources else []),
        (
            f"- guard gap: {split.guard_gap_s:g} s between pictures of one camera; tolerance of shares: "
            f"{100 * split.tolerance:g} points"
        ),
        *(f"- left out, {escaped(reason)}: {amount(count, 'picture')}" for reason, count in split.left_out.items()),
    ]
    rows = []
    for part in PARTS:
        shares = split.shares.get(part)
        achieved = [percent(shares.achieved.get(label, 0.0)) if shares else "–" for label in data.classes]
        rows.append(
            [part, f"{split.groups.get(part, 0):,}", f"{split.united_groups.get(part, 0):,}",
             percent(shares.wanted) if shares else "–", *achieved]
        )  # fmt: skip
    audit = [[name.replace("_", " "), f"{count:,}"] for name, count in split.audit.model_dump().items()]
    return [
        "## How it is split",
        "",
        *about,
        "",
        *table(
            ["part", "drives", "united groups", "share wanted", *(f"{escaped(x)}, got" for x in data.classes)], rows
        ),
        (
            "Drives joined by near duplicates or by camera and time count once as a united group. The leak audit read "
            "the split back from its table:"
        ),
        "",
        *table(["leak audit", "count"], audit),
    ]
