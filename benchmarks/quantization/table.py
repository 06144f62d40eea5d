"""Hold one row for each way of quantising, and print them."""

from collections.abc import Sequence

from data_tools.artifacts.model import Record
from export.quantize.scoring import Score

HEADER = (
    "tool",
    "setting",
    "drop, points",
    "agreement, %",
    "confidence, points",
    "divergence, nats",
    "feature SQNR, dB",
    "work in 8 bits, %",
    "size, MB",
    "faults for TensorRT",
    "time / fp32, ONNX Runtime",
    "time / fp32, OpenVINO",
)


class Row(Record):
    """Hold what one way of quantising gave, or why it gave nothing."""

    tool: str
    setting: str
    note: str = ""
    """Why there are no figures."""
    score: Score | None = None
    int8_share: float | None = None
    """Of the multiply-accumulates."""
    size_bytes: int | None = None
    faults: tuple[str, ...] = ()
    """Kinds of faults that `export.engine.graph_check` finds, with their counts."""
    onnxruntime_ratio: float | None = None
    """Median latency over fp32's in the same engine; None for float16 graphs, which no CPU here computes in."""
    openvino_ratio: float | None = None


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [HEADER, ("---", "---", *("--:",) * 7, "---", "--:", "--:"), *map(_cells, rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    """Return a row's cells."""
    if row.score is None:
        return (row.tool, row.setting, row.note, *("",) * (len(HEADER) - 3))
    change = row.score.degradation
    return (
        row.tool,
        row.setting,
        f"{100 * change.accuracy_drop:+.2f}",
        f"{100 * change.agreement:.2f}",
        f"{100 * change.confidence_change:+.2f}",
        f"{change.divergence:.5f}",
        f"{row.score.feature_sqnr_db:.1f}",
        _number(row.int8_share, 100, 0),
        _number(row.size_bytes, 1e-6, 2),
        ", ".join(row.faults) or "none",
        _number(row.onnxruntime_ratio, 1, 2),
        _number(row.openvino_ratio, 1, 2),
    )


def _number(value: float | None, factor: float, digits: int) -> str:
    """Return a number, or a dash."""
    return "–" if value is None else f"{factor * value:.{digits}f}"
