"""Write a comparison as tables: Markdown for reading, CSV for whatever comes next (torch-free)."""

from collections.abc import Iterator, Sequence

from pipeline.comparison.artifact import ComparisonArtifact, Difference, Point
from pipeline.comparison.bootstrap import MIN_GROUPS

CSV_COLUMNS = ("entry", "method", "seed", "sigma", "run", "accuracy")
Row = tuple[str, ...]


def accuracy_header(comparison: ComparisonArtifact) -> Row:
    """Return the accuracy table's column names."""
    levels = ["clean" if sigma == 0 else f"σ = {sigma:g}" for sigma in comparison.sigmas]
    return ("entry", "method", *levels, "seeds", "epochs", "training s")


def accuracy_rows(comparison: ComparisonArtifact) -> list[Row]:
    """Return a row an entry: per cent with its spread by noise level, seeds, epochs, and seconds of one training."""
    return [
        (
            entry.name,
            entry.method,
            *(accuracy_cell(point) for point in entry.points),
            str(len(entry.seeds)),
            _range(entry.epochs),
            f"{sum(entry.training_seconds) / len(entry.training_seconds):.0f}",
        )
        for entry in comparison.entries
    ]


def accuracy_cell(point: Point) -> str:
    """Return 'mean ± std' in per cent, or the mean alone where there is one number."""
    mean = f"{100 * point.mean:.2f}"
    return mean if point.std is None else f"{mean} ± {100 * point.std:.2f}"


def difference_header(comparison: ComparisonArtifact) -> Row:
    """Return the table of differences' column names."""
    levels = ["clean" if sigma == 0 else f"σ = {sigma:g}" for sigma in comparison.sigmas]
    return (f"minus {comparison.reference}", *levels, "seeds")


def difference_title(comparison: ComparisonArtifact) -> str:
    """Return what to call the table of differences on a terminal."""
    intervals = "95 % interval; * leaves out 0" if comparison.groups >= MIN_GROUPS else "too few groups for intervals"
    return f"difference to {comparison.reference}, points ({intervals})"


def difference_rows(comparison: ComparisonArtifact) -> list[Row]:
    """Return a row an entry with a partner in the reference: points of accuracy with their interval by noise level."""
    rows: list[Row] = []
    for entry in comparison.entries:
        own = [x for x in comparison.differences if x.entry == entry.name and x.other == comparison.reference]
        if own:
            rows.append((entry.name, *(difference_cell(item) for item in own), str(len(own[0].seeds))))
    return rows


def difference_cell(difference: Difference) -> str:
    """Return 'difference (low to high)' in points, with a star where the interval leaves out 0."""
    points = _signed(difference.points)
    if difference.low is None or difference.high is None:
        return points
    star = " *" if difference.low > 0 or difference.high < 0 else ""
    return f"{points} ({_signed(difference.low)} to {_signed(difference.high)}){star}"


def spread_note(comparison: ComparisonArtifact) -> str:
    """Say what the ± stands for."""
    notes = {
        "runs": "over the noise runs of one seed (another training may differ by more)",
        "seeds": "over the seeds of their means over the noise runs",
    }
    kinds = {entry.std_over for entry in comparison.entries}
    if len(kinds) == 1:
        return f"± is the sample standard deviation {notes[kinds.pop()]}."
    return f"± is the sample standard deviation: {notes['seeds']} where there are several, else {notes['runs']}."


def markdown(comparison: ComparisonArtifact) -> str:
    """Return the whole comparison as a Markdown page."""
    parts = [
        "# Accuracy under Gaussian noise",
        _what_is_shown(comparison),
        _grid(accuracy_header(comparison), accuracy_rows(comparison), 2),
    ]
    rows = difference_rows(comparison)
    if rows:
        parts += [
            f"## Difference to {comparison.reference}",
            _what_a_difference_is(comparison),
            _grid(difference_header(comparison), rows, 1),
        ]
    parts += ["## Recall by class", "Per cent, mean over seeds and runs.", _recall(comparison)]
    return "\n\n".join(parts) + "\n"


def csv_rows(comparison: ComparisonArtifact) -> Iterator[Sequence[object]]:
    """Yield the rows of the long table: every accuracy that was measured."""
    for entry in comparison.entries:
        for point in entry.points:
            for seed, accuracies in zip(entry.seeds, point.accuracy_by_seed, strict=True):
                for run, accuracy in enumerate(accuracies):
                    yield entry.name, entry.method, seed, f"{point.sigma:g}", run, f"{accuracy:.6f}"


def _what_is_shown(comparison: ComparisonArtifact) -> str:
    """Explain the first table."""
    runs = f"{comparison.runs} noise run{'s' if comparison.runs > 1 else ''} at every σ > 0"
    return (
        f"Per cent of {comparison.pictures} pictures ({comparison.groups} groups) of the {comparison.part} part; σ in "
        f"grey levels of 255, {runs}, {_which_pixels(comparison)}. {spread_note(comparison)}"
    )


def _which_pixels(comparison: ComparisonArtifact) -> str:
    """Say whether all entries saw the same pixels."""
    if _one_size(comparison):
        return "the same pixels for every entry"
    names = ", ".join(
        f"{entry.name} {entry.input.height}×{entry.input.width} {entry.input.interpolation}"
        for entry in comparison.entries
    )
    return (
        f"drawn at model size, which is not the same for all ({names}): entries of one size see the same pixels, and "
        "a difference between sizes is one of pictures and noise, too"
    )


def _what_a_difference_is(comparison: ComparisonArtifact) -> str:
    """Explain the second table."""
    what = f"Percentage points on the same pictures{'' if _one_size(comparison) else ' (of several sizes)'} and seeds"
    if comparison.groups < MIN_GROUPS:
        return (
            f"{what}, without an interval: that takes {MIN_GROUPS} groups of pictures, and there are "
            f"{comparison.groups}, so nothing here tells a true difference from chance. `comparison.json` has every "
            "pair."
        )
    return (
        f"{what}, with a 95 % interval (bootstrap over {comparison.groups} groups of pictures, {comparison.resamples} "
        "resamples, widened for the number of groups); * leaves out 0. Each interval stands alone: of twenty without a "
        "true difference, about one leaves out 0. It holds for these trained networks: what another seed would change "
        "is not in it. `comparison.json` has every pair."
    )


def _one_size(comparison: ComparisonArtifact) -> bool:
    """Tell whether all entries read their pictures at one size."""
    return len({entry.input for entry in comparison.entries}) == 1


def _recall(comparison: ComparisonArtifact) -> str:
    """Return the recall by entry and class."""
    header = ("entry", "class", *accuracy_header(comparison)[2 : 2 + len(comparison.sigmas)])
    rows = [
        (entry.name, name, *(_share(point.recall[name]) for point in entry.points))
        for entry in comparison.entries
        for name in comparison.classes
    ]
    return _grid(header, rows, 2)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _range(values: tuple[int, ...]) -> str:
    """Return one number, or the smallest and the largest."""
    return str(values[0]) if len(set(values)) == 1 else f"{min(values)}–{max(values)}"


def _signed(value: float) -> str:
    """Return a number with two decimals and its sign; what rounds to nothing has none."""
    text = f"{value:+.2f}"
    return "0.00" if text in {"+0.00", "-0.00"} else text.replace("-", "−")


def _grid(header: Row, rows: Sequence[Row], left: int) -> str:
    """Return a Markdown table whose first `left` columns are aligned left."""
    rule = ["---"] * left + ["--:"] * (len(header) - left)
    lines = [header, rule, *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
