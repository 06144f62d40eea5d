"""Show how fast and how large each variant is."""

from collections.abc import Sequence

from benchmarks.latency.artifact import LatencyReport, LatencyRow
from pipeline.report.blocks import Beside, Block, Facts, Note, Plot, Section, Table, facts, number, table, text
from pipeline.report.figures import A_A_ROW
from pipeline.report.formatting import count, mebibytes, milliseconds, ratio
from pipeline.report.plots.bars import value_bars
from pipeline.report.plots.ecdf import SampleSet, axis_end_ms, ecdf
from pipeline.report.sections.machine import machine
from pipeline.report.sections.missing import not_run

_MODES = {"model_only": "model only", "end_to_end": "end to end"}


def latency_section(report: LatencyReport | None) -> Section:
    """Build the latency benchmark's section."""
    if report is None:
        return not_run("latency", "Latency and size", "The latency benchmark")
    plots = [_plot(report, mode) for mode in _MODES if any(row.mode == mode for row in report.rows)]
    return Section(
        "latency",
        "Latency and size",
        "All variants were measured in turn within each round, so that a slow moment of the machine hits them alike. "
        f"End to end adds the preparation of a camera frame of {report.frame_width_px}×{report.frame_height_px} px.",
        (
            _table(report),
            _noise_floor(report),
            Beside(tuple(plots)),
            Beside((_sizes(report), _setup(report))),
            machine(report.host),
        ),
    )


def _table(report: LatencyReport) -> Table:
    rows = [
        [
            row.variant,
            _MODES[row.mode],
            milliseconds(row.p50_ms),
            milliseconds(row.p90_ms),
            milliseconds(row.p99_ms),
            milliseconds(row.min_ms),
            ratio(row.ratio_to_reference),
        ]
        for mode in _MODES
        for row in _rows(report, mode)
    ]
    columns = [
        text("Variant"),
        text("Mode"),
        number("p50, ms"),
        number("p90, ms"),
        number("p99, ms"),
        number("min, ms"),
        number(f"p50 to {report.reference}"),
    ]
    return table(f"Latency, batch size {report.batch_size}", columns, rows)


def _rows(report: LatencyReport, mode: str) -> Sequence[LatencyRow]:
    return [row for row in report.rows if row.mode == mode]


def _noise_floor(report: LatencyReport) -> Note:
    again = [row for row in report.rows if row.variant == A_A_ROW]
    if not again:
        return Note("No A/A row was measured, so the noise floor of this run is unknown.", warning=True)
    found = ", ".join(f"{ratio(row.ratio_to_reference)} ({_MODES[row.mode]})" for row in again)
    return Note(
        f"Noise floor: {A_A_ROW} is {report.reference} measured a second time as if it were another variant. "
        f"Its ratio would be 1.00× on a silent machine; here it is {found}. "
        "Do not read differences between variants that are no larger than this as real."
    )


def _plot(report: LatencyReport, mode: str) -> Plot:
    rows = _rows(report, mode)
    sets = [SampleSet(row.variant, row.samples_ms, noise_floor=row.variant == A_A_ROW) for row in rows]
    end = axis_end_ms(sets)
    beyond = sum(value > end for row in rows for value in row.samples_ms)
    total = sum(len(row.samples_ms) for row in rows)
    caption = (
        f"Raw samples, {_MODES[mode]}: share of rounds at or below a latency "
        f"({count(beyond)} of {count(total)} samples lie beyond the axis)"
    )
    return Plot(caption, ecdf(f"ecdf-{mode}", caption, sets))


def _sizes(report: LatencyReport) -> Block:
    names = list(report.size_bytes)
    if not names:
        return Note("File sizes: not recorded.")
    values = [report.size_bytes[name] / (1024 * 1024) for name in names]
    notes = [mebibytes(report.size_bytes[name]) for name in names]
    caption = "File size by variant"
    return Plot(caption, value_bars("sizes", caption, names, values, notes))


def _setup(report: LatencyReport) -> Facts:
    load = " · ".join(f"{name} {milliseconds(value)} ms" for name, value in report.load_ms.items())
    return facts(
        "How it was measured",
        [
            ("Provider", report.provider),
            ("Threads", str(report.threads)),
            ("Batch size", str(report.batch_size)),
            ("Rounds", f"{count(report.rounds)} after {count(report.warmup)} thrown away"),
            ("Camera frame", f"{report.frame_width_px}×{report.frame_height_px} px"),
            ("Load time", load or "not recorded"),
        ],
    )
