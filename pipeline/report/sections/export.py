"""Show what the export kept, what lower precision cost, and what the bundle ships."""

from data_tools.metrics.classification import ClassificationMetrics
from export.artifact import Degradation, OnnxArtifact
from export.runtime.manifest import BundleManifest
from pipeline.report.blocks import Beside, Block, Cell, Facts, Note, Section, Table, digest, facts, number, table, text
from pipeline.report.evidence import Evidence
from pipeline.report.formatting import (
    change,
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
from pipeline.report.sections.quantization import quantization_blocks
from pipeline.report.variants import Exported, exported_graphs

_BASIS = {
    "fitted": "fitted",
    "at_limit": "at its limit",
    "too_few_pictures": "not fitted: too few pictures",
    "one_class": "not fitted: one class",
}


def export_section(evidence: Evidence) -> Section:
    """Build the section on export, quantisation and bundle."""
    graphs = exported_graphs(evidence)
    maps: list[Block] = [
        heat_map(f"Confusion, {item.name} ONNX", evidence.onnx.classes, item.metrics.confusion) for item in graphs
    ]
    return Section(
        "export",
        "Export and quantisation",
        "The exported files, measured with ONNX Runtime on a CPU, on the test part. fp16 and int8-trt are made for "
        "TensorRT: their numbers here are those of the graph, an engine is checked where it is built.",
        (
            Beside((_parity(evidence.onnx), _files(evidence.onnx, graphs))),
            _measured(graphs),
            _degraded(graphs),
            *quantization_blocks(evidence.quantized, evidence.inputs.quantized),
            *_bundle(evidence.bundle),
            Beside(tuple(maps)),
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


def _files(onnx: OnnxArtifact, graphs: list[Exported]) -> Facts:
    items: list[tuple[str, Cell | str]] = []
    for item in graphs:
        smaller = onnx.graph.size_bytes / max(1, item.graph.size_bytes)
        note = f"opset {onnx.opset}" if item.name == "fp32" else f"{smaller:.1f}× smaller"
        items.append((f"{item.name} graph", f"{item.graph.path}, {mebibytes(item.graph.size_bytes)}, {note}"))
        items.append((f"{item.name} sha256", digest(item.graph.sha256)))
    return facts("Files", items)


def _measured(graphs: list[Exported]) -> Table:
    columns = [
        text("File"),
        number("Accuracy"),
        number("95 % interval"),
        number("Correct"),
        number("ECE"),
        number("Mean confidence"),
    ]
    rows = [[f"{item.name} ONNX", *_metrics(item.metrics)] for item in graphs]
    return table("Measured on the test part, before any temperature", columns, rows)


def _metrics(metrics: ClassificationMetrics) -> list[str]:
    share = metrics.accuracy
    return [
        percent(share.value),
        percent_range(share),
        successes(share),
        f"{metrics.ece:.3f}",
        percent(metrics.mean_confidence),
    ]


def _degraded(graphs: list[Exported]) -> Block:
    compared = [(item, item.loss) for item in graphs if item.loss is not None]
    if not compared:
        return Note("fp32 is the only file; nothing is compared with it.")
    columns = [
        text("File"),
        number("Accuracy"),
        number("Agreement on the class"),
        number("Mean confidence"),
        number("ECE"),
        number("Mean |Δprobability|"),
        number("Divergence, nats"),
        text("Budget"),
    ]
    rows = [[item.name, *_loss(loss), item.budget] for item, loss in compared]
    first = compared[0][1]
    return table(f"Against fp32, {count(first.pictures)} pictures of the {first.part} part", columns, rows)


def _loss(loss: Degradation) -> list[str]:
    return [
        f"{percent(loss.accuracy)} ({drop(loss.accuracy_drop)})",
        percent(loss.agreement),
        points(loss.confidence_change),
        change(loss.ece_change),
        f"{loss.mean_abs_probability_change:.4f}",
        f"{loss.divergence:.5f}",
    ]


def _bundle(bundle: BundleManifest) -> tuple[Block, ...]:
    left_out = (Note(f"{item.name} is not in the bundle: {item.reason}.", warning=True) for item in bundle.left_out)
    return (_shipped(bundle), _calibrated(bundle), *left_out)


def _shipped(bundle: BundleManifest) -> Table:
    rows: list[list[Cell | str]] = [
        [
            item.name,
            item.precision,
            ", ".join(item.back_ends),
            Cell(item.file.path, title=item.file.sha256, code=True),
            mebibytes(item.file.size_bytes),
            percent(item.metrics.accuracy.value),
            percent(item.metrics.agreement_with_fp32.value),
            scientific(item.golden_tolerance),
        ]
        for item in bundle.variants
    ]
    columns = [
        text("Variant"),
        text("Precision"),
        text("Made for"),
        text("File"),
        number("Size"),
        number("Accuracy"),
        number("Agreement with fp32"),
        number("Golden tolerance"),
    ]
    return table(f"What the bundle '{bundle.name}' ships", columns, rows)


def _calibrated(bundle: BundleManifest) -> Table:
    first = bundle.variants[0]
    rows = []
    for item in bundle.variants:
        before, after = item.metrics.uncalibrated, item.metrics.calibrated
        rows.append(
            [
                item.name,
                f"{item.temperature:.3g}",
                _BASIS[item.temperature_basis],
                f"{before.ece:.3f} → {after.ece:.3f}",
                f"{before.nll:.3f} → {after.nll:.3f}",
                f"{percent(before.mean_confidence)} → {percent(after.mean_confidence)}",
                points(after.confidence_change),
                f"{item.ood_thresholds['0.95']:.3g}",
                f"{item.ood_thresholds['0.99']:.3g}",
            ]
        )
    columns = [
        text("Variant"),
        number("Temperature"),
        text("From"),
        number("ECE"),
        number("NLL, nats"),
        number("Mean confidence"),
        number("Against fp32, with temperature"),
        number("Distance that 95 % keep"),
        number("99 % keep"),
    ]
    caption = (
        f"Confidence on the test part without → with temperature; temperatures and distances from "
        f"{count(first.validation_pictures)} pictures of the validation part"
    )
    return table(caption, columns, rows)
