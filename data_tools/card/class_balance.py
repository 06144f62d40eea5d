"""Draw how the classes share each part."""

from typing import TYPE_CHECKING

from data_tools.card.figure import Paint, label_of, legend_above
from data_tools.card.model import CardData
from data_tools.card.palette import colour_of, ink_on
from data_tools.split.parts import PARTS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NARROWEST = 0.06
_ROW_IN = 0.42


def class_balance(data: CardData) -> tuple[tuple[float, float], Paint]:
    """Return the size in inches, and what draws one bar a part: the share of every class, with its count."""
    rows = {"all": data.by_class}
    if data.split is not None:
        rows |= {part: data.split.pictures.get(part, {}) for part in PARTS}

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        for index, label in enumerate(data.classes):
            totals = [sum(counts.values()) or 1 for counts in rows.values()]
            shares = [counts.get(label, 0) / total for counts, total in zip(rows.values(), totals, strict=True)]
            before = [
                sum(counts.get(name, 0) for name in data.classes[:index]) / total
                for counts, total in zip(rows.values(), totals, strict=True)
            ]
            colour = colour_of(index)
            axes.barh(
                range(len(rows)), shares, left=before, height=0.66, color=colour, edgecolor="#ffffff", linewidth=0.6,
                label=label_of(label),
            )  # fmt: skip
            for row, counts in enumerate(rows.values()):
                if shares[row] >= _NARROWEST:
                    axes.text(
                        before[row] + shares[row] / 2, row, f"{counts[label]:,}", ha="center", va="center",
                        color=ink_on(colour),
                    )  # fmt: skip
        for row, counts in enumerate(rows.values()):
            axes.text(1.012, row, f"{sum(counts.values()):,}", ha="left", va="center")
        axes.set_yticks(range(len(rows)), list(rows))
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(0, 1.09)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        axes.spines["bottom"].set_bounds(0, 1)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("share of the part's pictures; to the right: pictures")
        legend_above(axes, min(len(data.classes), 6))

    return (7.2, 1.15 + _ROW_IN * len(rows)), paint
