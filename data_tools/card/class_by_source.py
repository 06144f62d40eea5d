"""Draw which classes each source has: a row of one dark cell is a source that gives its class away."""

from typing import TYPE_CHECKING

from data_tools.card.figure import Paint, label_of
from data_tools.card.model import CardData

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROWS = 24
_ROW_IN = 0.34
_WHITE_READS_BETTER_ABOVE = 0.6
_BLUES = ("#f4f7fb", "#084887")


def class_by_source(data: CardData) -> tuple[tuple[float, float], Paint]:
    """Return the size in inches, and what draws the heat map; sources past the largest 24 are one row."""
    ranked = sorted(data.by_source.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    rows = [(label_of(name), [counts.get(label, 0) for label in data.classes]) for name, counts in ranked[:_ROWS]]
    rest = [counts for _, counts in ranked[_ROWS:]]
    if rest:
        sums = [sum(counts.get(label, 0) for counts in rest) for label in data.classes]
        rows.append((f"{len(rest):,} other sources", sums))

    def paint(figure: "Figure") -> None:
        from matplotlib.colors import LinearSegmentedColormap

        axes = figure.add_subplot()
        shares = [[count / (sum(counts) or 1) for count in counts] for _, counts in rows]
        scale = LinearSegmentedColormap.from_list("share", _BLUES)
        image = axes.imshow(shares, cmap=scale, vmin=0, vmax=1, aspect="auto")
        for row, (_, counts) in enumerate(rows):
            for column, count in enumerate(counts):
                ink = "#ffffff" if shares[row][column] > _WHITE_READS_BETTER_ABOVE else "#16202c"
                text = f"{count:,} ({100 * shares[row][column]:.0f} %)" if count else "–"
                axes.text(column, row, text, ha="center", va="center", color=ink)
        axes.set_xticks(range(len(data.classes)), [label_of(label) for label in data.classes])
        axes.xaxis.tick_top()
        axes.set_yticks(range(len(rows)), [f"{name}  ({sum(counts):,})" for name, counts in rows])
        axes.set_xticks([edge - 0.5 for edge in range(1, len(data.classes))], minor=True)
        axes.set_yticks([edge - 0.5 for edge in range(1, len(rows))], minor=True)
        axes.grid(visible=False)
        axes.grid(which="minor", color="#ffffff", linewidth=2)
        axes.spines[:].set_visible(False)
        bar = figure.colorbar(image, ax=axes, fraction=0.03, pad=0.02, ticks=[0, 0.5, 1])
        bar.set_label("share of the source's pictures")
        bar.ax.set_yticklabels(["0 %", "50 %", "100 %"])
        bar.outline.set_visible(False)

    return (max(7.2, 3.6 + 1.2 * len(data.classes)), max(2.2, 0.9 + _ROW_IN * len(rows))), paint
