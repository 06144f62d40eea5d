"""Collect the few numbers that a reader wants first; free of jinja2 and matplotlib."""

from dataclasses import dataclass

from benchmarks.latency.artifact import LatencyReport
from data_tools.split.artifact import PARTS
from pipeline.evaluation.artifact import EvaluationArtifact
from pipeline.report.evidence import Evidence, gather
from pipeline.report.formatting import (
    NOT_RUN,
    count,
    drop,
    mean_std,
    mebibytes,
    milliseconds,
    percent,
    percent_range,
    points,
    ratio,
    scientific,
    successes,
)
from pipeline.report.inputs import ReportInputs
from pipeline.report.variants import exported_graphs
from pipeline.training.artifact import WeightsOrigin

A_A_ROW = "reference_again"


@dataclass(frozen=True)
class KeyFigure:
    """Hold one number as text, and what it rests on."""

    name: str
    value: str
    note: str


def key_figures(inputs: ReportInputs) -> list[KeyFigure]:
    """Return the key figures of a run.

    Raises:
        InputError: A file is missing or malformed.
        CheckFailedError: A payload file was changed, or the inputs do not belong together.
    """
    return figures_of(gather(inputs))


def figures_of(evidence: Evidence) -> list[KeyFigure]:
    """Return the key figures of loaded artifacts."""
    return [
        _pictures(evidence),
        *_training(evidence),
        *_evaluation(evidence.evaluation),
        *_export(evidence),
        *_latency(evidence.latency),
        *_sizes(evidence),
    ]


def start_weights(origin: WeightsOrigin) -> tuple[str, str]:
    """Say in plain words what the training started from: a few words, and a note."""
    if origin.type == "scratch":
        return "random start", f"not ImageNet weights; reason: {origin.detail}"
    if origin.type == "imagenet":
        return "ImageNet", origin.detail
    return "weight file", origin.detail


def _pictures(evidence: Evidence) -> KeyFigure:
    parts = [f"{part} {count(sum(evidence.split.pictures.get(part, {}).values()))}" for part in PARTS]
    return KeyFigure("Pictures", count(evidence.dataset.pictures), " · ".join(parts))


_CHOSEN_BY = {
    "clean": "clean accuracy",
    "clean_and_noisy": "clean and noisy accuracy",
}


def _training(evidence: Evidence) -> list[KeyFigure]:
    checkpoint = evidence.checkpoint
    spec = checkpoint.preprocessing
    return [
        KeyFigure("Method", checkpoint.method, f"{checkpoint.network.name}, {spec.width}×{spec.height} px"),
        KeyFigure("Start weights", *start_weights(checkpoint.initial_weights)),
        KeyFigure(
            "Validation accuracy",
            percent(checkpoint.best_val_accuracy),
            f"best epoch {checkpoint.best_epoch}, 0 to {checkpoint.epochs - 1}; "
            f"chosen by {_CHOSEN_BY[checkpoint.selected_by]}, so it is optimistic",
        ),
    ]


def _evaluation(evaluation: EvaluationArtifact | None) -> list[KeyFigure]:
    if evaluation is None:
        return [KeyFigure("Test accuracy", NOT_RUN, "the evaluation stage was not run")]
    part = evaluation.part.capitalize()
    clean, noisy = evaluation.clean.accuracy, evaluation.noisy
    return [
        KeyFigure(
            f"{part} accuracy, clean", percent(clean.value), f"95 % interval {percent_range(clean)}, {successes(clean)}"
        ),
        KeyFigure(
            f"{part} accuracy, σ = {noisy.sigma:g}",
            mean_std(noisy.accuracy_mean, noisy.accuracy_std),
            f"mean ± standard deviation of {noisy.runs} noise draws",
        ),
    ]


def _export(evidence: Evidence) -> list[KeyFigure]:
    parity = evidence.onnx.parity
    figures = [
        KeyFigure(
            "fp32 ONNX parity, max |Δlogit|",
            scientific(parity.max_abs_logit_difference),
            f"argmax equal {count(parity.argmax_equal)}/{count(parity.pictures)}; "
            f"tolerance {scientific(parity.tolerance)}",
        )
    ]
    figures += [
        KeyFigure(
            f"{item.name} accuracy against fp32",
            drop(item.loss.accuracy_drop),
            f"agreement on the class {percent(item.loss.agreement)}, mean confidence "
            f"{points(item.loss.confidence_change)}",
        )
        for item in exported_graphs(evidence)
        if item.loss is not None
    ]
    if evidence.quantized is None:
        figures.append(KeyFigure("int8 accuracy against fp32", NOT_RUN, "the quantisation stage was not run"))
    return figures


def _latency(latency: LatencyReport | None) -> list[KeyFigure]:
    if latency is None:
        return [KeyFigure("Latency", NOT_RUN, "the latency benchmark was not run")]
    rows = [row for row in latency.rows if row.mode == "model_only"]
    again = [f"; noise floor {ratio(row.ratio_to_reference)}" for row in rows if row.variant == A_A_ROW]
    return [
        KeyFigure(
            f"Latency {row.variant}, model only",
            " / ".join(milliseconds(value) for value in (row.p50_ms, row.p90_ms, row.p99_ms)) + " ms",
            f"p50 / p90 / p99; {ratio(row.ratio_to_reference)} {latency.reference}{''.join(again)}",
        )
        for row in rows
        if row.variant != A_A_ROW
    ]


def _sizes(evidence: Evidence) -> list[KeyFigure]:
    variants = evidence.bundle.variants
    reference = next((item for item in variants if item.precision == "fp32"), variants[0])
    return [
        KeyFigure(
            f"Size {item.name}",
            mebibytes(item.file.size_bytes),
            f"{ratio(item.file.size_bytes / reference.file.size_bytes)} {reference.name}",
        )
        for item in variants
    ]
