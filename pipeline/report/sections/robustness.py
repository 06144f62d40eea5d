"""Show accuracy against the strength of each perturbation."""

from benchmarks.robustness.artifact import RobustnessReport, RobustnessRow
from pipeline.report.blocks import Beside, Fold, Plot, Section, Table, number, table, text
from pipeline.report.formatting import count, mean_std, percent
from pipeline.report.plots.lines import ErrorLine, error_lines
from pipeline.report.sections.machine import machine
from pipeline.report.sections.missing import not_run

_TITLES = {"gaussian_noise": "Accuracy against Gaussian noise", "occlusion": "Accuracy against occlusion"}
_AXES = {"gaussian_noise": "noise σ, grey levels (0 to 255)", "occlusion": "black patches"}


def robustness_section(report: RobustnessReport | None) -> Section:
    """Build the robustness benchmark's section."""
    if report is None:
        return not_run("robustness", "Robustness", "The robustness benchmark")
    names = _perturbations(report)
    return Section(
        "robustness",
        "Robustness",
        f"Every variant on the same {count(report.pictures)} pictures of the {report.part} part with the same draws, "
        f"{report.runs} independent draws for each strength. Error bars: standard deviation over the draws.",
        (
            Beside(tuple(_plot(report, name, index) for index, name in enumerate(names))),
            Beside(tuple(_table(report, name) for name in names)),
            Fold("Every row with its 95 % interval", (_rows(report),)),
            machine(report.host),
        ),
    )


def _perturbations(report: RobustnessReport) -> list[str]:
    """Return the perturbations that were measured at some strength, in the order of the report."""
    return list(dict.fromkeys(row.perturbation for row in report.rows if row.severity > 0))


def _variants(report: RobustnessReport) -> list[str]:
    return list(dict.fromkeys(row.variant for row in report.rows))


def _line(report: RobustnessReport, perturbation: str, variant: str) -> list[RobustnessRow]:
    """Return a variant's rows by severity; a clean row counts for every perturbation."""
    found: dict[float, RobustnessRow] = {}
    for row in report.rows:
        if row.variant == variant and (row.perturbation == perturbation or row.severity == 0):
            found.setdefault(row.severity, row)
    return [found[severity] for severity in sorted(found)]


def _plot(report: RobustnessReport, perturbation: str, index: int) -> Plot:
    lines = []
    for variant in _variants(report):
        rows = _line(report, perturbation, variant)
        lines.append(
            ErrorLine(
                variant,
                x=tuple(row.severity for row in rows),
                mean=tuple(row.accuracy_mean for row in rows),
                std=tuple(row.accuracy_std for row in rows),
            )
        )
    caption = _TITLES.get(perturbation, f"Accuracy against {perturbation}")
    axis = _AXES.get(perturbation, f"{perturbation}, severity")
    return Plot(caption, error_lines(f"robustness-{index}", caption, lines, axis))


def _table(report: RobustnessReport, perturbation: str) -> Table:
    variants = _variants(report)
    cells = {
        (row.severity, variant): _accuracy(row) for variant in variants for row in _line(report, perturbation, variant)
    }
    severities = sorted({severity for severity, _ in cells})
    rows = [
        ["clean" if severity == 0 else f"{severity:g}", *(cells.get((severity, name), "–") for name in variants)]
        for severity in severities
    ]
    axis = _AXES.get(perturbation, f"{perturbation}, severity")
    caption = f"{_TITLES.get(perturbation, perturbation)}, mean ± standard deviation"
    return table(caption, [number(axis), *(number(name) for name in variants)], rows)


def _accuracy(row: RobustnessRow) -> str:
    """Write the accuracy, with a spread only where there are several draws."""
    several = len(row.accuracy_by_run) > 1
    return mean_std(row.accuracy_mean, row.accuracy_std) if several else percent(row.accuracy_mean)


def _rows(report: RobustnessReport) -> Table:
    rows = [
        [
            row.variant,
            row.perturbation,
            f"{row.severity:g}",
            _accuracy(row),
            f"{row.low * 100:.1f} to {row.high * 100:.1f} %",
            ", ".join(f"{value * 100:.1f}" for value in row.accuracy_by_run),
        ]
        for row in report.rows
    ]
    columns = [
        text("Variant"),
        text("Perturbation"),
        number("Severity"),
        number("Accuracy"),
        number("95 % interval"),
        text("By draw, %"),
    ]
    return table("", columns, rows)
