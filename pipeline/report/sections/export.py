"""Show what the export kept and what quantisation cost."""

from data_tools.metrics.classification import ClassificationMetrics
from export.artifact import OnnxArtifact, QuantizedArtifact
from pipeline.report.blocks import (
    Beside,
    Block,
    Cell,
    Facts,
    Fold,
    Note,
    Section,
    Table,
    digest,
    facts,
    number,
    table,
    text,
)
from pipeline.report.evidence import Evidence
from pipeline.report.formatting import (
    count,
    drop,
    mebibytes,
    percent,
    percent_range,
    points,
    scientific,
    successes,
)
from pipeline.report.heat_map import heat_map
from pipeline.report.sections.missing import not_run_note


def export_section(evidence: Evidence) -> Section:
    """Build the export's and quantisation's section."""
    onnx, int8 = evidence.onnx, evidence.int8
    maps: list[Block] = [heat_map("Confusion, fp32 ONNX", onnx.classes, onnx.metrics.confusion)]
    if int8 is not None:
        maps.append(heat_map("Confusion, int8 ONNX", int8.classes, int8.metrics.confusion))
    return Section(
        "export",
        "Export and quantisation",
        "The exported files, measured with ONNX Runtime on the test part: the numbers a device will reproduce.",
        (
            Beside((_parity(onnx), _files(onnx, int8))),
            _measured(onnx, int8),
            *_quantised(int8),
            Beside(tuple(maps)),
            _bundle(evidence),
        ),
    )


def _parity(onnx: OnnxArtifact) -> Facts:
    parity = onnx.parity
    holds = parity.max_abs_logit_difference <= parity.tolerance
    return facts(
        "Parity of the fp32 ONNX file with the checkpoint",
        [
            ("Compared on", f"{count(parity.pictures)} pictures of the {parity.part} part"),
            ("Max |Δlogit|", scientific(parity.max_abs_logit_difference)),
            ("Tolerance", f"{scientific(parity.tolerance)} ({'held' if holds else 'exceeded'})"),
            ("Argmax equal", f"{count(parity.argmax_equal)}/{count(parity.pictures)}"),
        ],
    )


def _files(onnx: OnnxArtifact, int8: QuantizedArtifact | None) -> Facts:
    items: list[tuple[str, Cell | str]] = [
        ("fp32 graph", f"{onnx.graph.path}, {mebibytes(onnx.graph.size_bytes)}, opset {onnx.opset}"),
        ("fp32 sha256", digest(onnx.graph.sha256)),
    ]
    if int8 is not None:
        smaller = onnx.graph.size_bytes / max(1, int8.graph.size_bytes)
        items.append(("int8 graph", f"{int8.graph.path}, {mebibytes(int8.graph.size_bytes)}, {smaller:.1f}× smaller"))
        items.append(("int8 sha256", digest(int8.graph.sha256)))
    return facts("Files", items)


def _measured(onnx: OnnxArtifact, int8: QuantizedArtifact | None) -> Table:
    rows = [["fp32 ONNX", *_metrics(onnx.metrics)]]
    if int8 is not None:
        rows.append(["int8 ONNX", *_metrics(int8.metrics)])
    columns = [
        text("File"),
        number("Accuracy"),
        number("95 % interval"),
        number("Correct"),
        number("ECE"),
        number("Mean confidence"),
    ]
    return table("Measured on the test part", columns, rows)


def _metrics(metrics: ClassificationMetrics) -> list[str]:
    share = metrics.accuracy
    return [
        percent(share.value),
        percent_range(share),
        successes(share),
        f"{metrics.ece:.3f}",
        percent(metrics.mean_confidence),
    ]


def _quantised(int8: QuantizedArtifact | None) -> tuple[Block, ...]:
    if int8 is None:
        return (not_run_note("The int8 quantisation"),)
    recipe = [("Calibration pictures", count(int8.calibration_pictures)), *_recipe(int8)]
    left = int8.nodes_left_in_float
    nodes: Block = (
        Fold(f"Nodes left in float ({count(len(left))})", (table("", [text("Node")], [[name] for name in left]),))
        if left
        else Note("Nodes left in float: none.")
    )
    return (Beside((facts("int8 recipe", recipe), _degradation(int8))), nodes)


def _recipe(int8: QuantizedArtifact) -> list[tuple[str, Cell | str]]:
    words = {True: "yes", False: "no"}
    return [
        (name.replace("_", " "), words[value] if isinstance(value, bool) else str(value))
        for name, value in sorted(int8.recipe.items())
    ]


def _degradation(int8: QuantizedArtifact) -> Facts:
    loss = int8.degradation
    return facts(
        f"int8 against fp32, {count(loss.pictures)} pictures of the {loss.part} part",
        [
            ("Accuracy fp32", percent(loss.accuracy_fp32)),
            ("Accuracy int8", f"{percent(loss.accuracy_int8)} ({drop(loss.accuracy_drop)})"),
            ("Agreement on the class", percent(loss.agreement)),
            ("Change of mean confidence", points(loss.confidence_change)),
            ("Mean |Δprobability|", f"{loss.mean_abs_probability_change:.4f}"),
        ],
    )


def _bundle(evidence: Evidence) -> Table:
    rows: list[list[Cell | str]] = [
        [
            item.name,
            item.precision,
            Cell(item.file.path, title=item.file.sha256, code=True),
            mebibytes(item.file.size_bytes),
            percent(item.metrics.accuracy),
            f"{item.metrics.ece:.3f}",
            percent(item.metrics.agreement_with_fp32),
            scientific(item.golden_tolerance),
        ]
        for item in evidence.bundle.variants
    ]
    columns = [
        text("Variant"),
        text("Precision"),
        text("File"),
        number("Size"),
        number("Accuracy"),
        number("ECE"),
        number("Agreement with fp32"),
        number("Golden tolerance"),
    ]
    return table(f"What the bundle '{evidence.bundle.name}' ships", columns, rows)
