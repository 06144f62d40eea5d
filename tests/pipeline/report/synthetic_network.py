"""Write a checkpoint, its evaluation and its exports for the report's tests; every number is made up."""

import math
from pathlib import Path

import numpy as np

from data_tools.artifacts.model import FileRef, file_ref, parent, save_artifact
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.metrics.classification import ClassificationMetrics, Share
from export.artifact import Degradation, OnnxArtifact, Parity, QuantizedArtifact
from pipeline.evaluation.artifact import EvaluationArtifact, NoiseMetrics
from pipeline.training.artifact import CheckpointArtifact, NetworkSpec, WeightsOrigin

PRODUCER = "roadgrip 0.0.0"
SPEC = PreprocessingSpec(height=160, width=200)
EPOCHS, BEST_EPOCH = 14, 10
RUN_ACCURACIES = (0.884, 0.871, 0.879, 0.889, 0.876)


def payload(folder: Path, name: str, size_bytes: int) -> FileRef:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(name.encode() + bytes(size_bytes - len(name)))
    return file_ref(folder / name, folder)


def metrics(classes: tuple[str, ...], correct: int, total: int) -> ClassificationMetrics:
    """Give every class `total` pictures; class i loses i·3 more than the first, all to its neighbour."""
    size = len(classes)
    matrix = np.zeros((size, size), int)
    for index in range(size):
        hits = max(0, correct - 3 * index)
        matrix[index, index] = hits
        wrong = total - hits
        matrix[index, (index + 1) % size] += wrong - wrong // 4
        matrix[index, (index - 1) % size] += wrong // 4
    return ClassificationMetrics(
        accuracy=Share.of(int(np.trace(matrix)), int(matrix.sum())),
        recall={
            name: Share.of(int(matrix[index, index]), int(matrix[index].sum())) for index, name in enumerate(classes)
        },
        confusion=tuple(tuple(int(value) for value in row) for row in matrix),
        ece=0.037,
        mean_confidence=0.912,
    )


def history_csv() -> str:
    losses = "ce,compact,margin,reg,noisy,total"
    names = f"epoch,learning_rate,{losses},train_accuracy,val_accuracy,val_accuracy_noisy,val_loss,seconds"
    lines = [names]
    for epoch in range(EPOCHS):
        fade = math.exp(-epoch / 4)
        ce, compact, margin, noisy = 1.0 * fade + 0.12, 0.6 * fade + 0.2, 0.5 * fade + 0.05, 1.2 * fade + 0.2
        train, val = 0.98 - 0.5 * fade, 0.95 - 0.45 * fade - 0.004 * abs(epoch - BEST_EPOCH)
        cells = [
            f"{0.001 * (1 - epoch / EPOCHS):.6f}", *(f"{value:.5f}" for value in (ce, compact, margin, 0.011, noisy)),
            f"{ce + compact + margin + noisy:.5f}", f"{train:.4f}", f"{val:.4f}",
            f"{val - 0.06:.4f}" if epoch % 2 == 0 else "", f"{0.9 * fade + 0.2:.5f}", "41.5",
        ]  # fmt: skip
        lines.append(",".join([str(epoch), *cells]))
    return "\n".join(lines) + "\n"


def write_checkpoint(folder: Path, split: Path, classes: tuple[str, ...], origin: WeightsOrigin) -> Path:
    weights = payload(folder, "weights.safetensors", 4096)
    (folder / "history.csv").write_text(history_csv(), encoding="utf-8")
    artifact = CheckpointArtifact(
        schema_version=2,
        producer=PRODUCER,
        parents=(parent("split", split, folder),),
        classes=classes,
        network=NetworkSpec(name="mobilenet_v3_small", embedding_dim=128, num_classes=len(classes), head="linear"),
        preprocessing=SPEC,
        method="margin_metric",
        initial_weights=origin,
        weights=weights,
        history=file_ref(folder / "history.csv", folder),
        epochs=EPOCHS,
        best_epoch=BEST_EPOCH,
        selected_by="clean",
        batch_norm="shared",
        batch_norm_scores={},
        settings={},
        best_val_accuracy=0.9131,
        versions={"torch": "2.0.0", "torchvision": "0.0.0", "lightning": "2.0.0", "numpy": "2.0.0", "python": "3.10.0"},
    )
    return save_artifact(artifact, folder / "checkpoint.json")


def write_evaluation(
    folder: Path, checkpoint: Path, split: Path, classes: tuple[str, ...], sources: tuple[str, ...]
) -> Path:
    artifact = EvaluationArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=(parent("checkpoint", checkpoint, folder), parent("split", split, folder)),
        classes=classes,
        part="test",
        clean=metrics(classes, 124, 128),
        noisy=NoiseMetrics(
            sigma=40.0,
            runs=len(RUN_ACCURACIES),
            accuracy_by_run=RUN_ACCURACIES,
            accuracy_mean=float(np.mean(RUN_ACCURACIES)),
            accuracy_std=float(np.std(RUN_ACCURACIES, ddof=1)),
            pooled=metrics(classes, 566, 640),
        ),
        clean_accuracy_by_source={source: Share.of(90 - 4 * index, 96 - index) for index, source in enumerate(sources)},
    )
    return save_artifact(artifact, folder / "evaluation.json")


def write_onnx(folder: Path, checkpoint: Path, split: Path, classes: tuple[str, ...]) -> Path:
    artifact = OnnxArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=(parent("checkpoint", checkpoint, folder), parent("split", split, folder)),
        classes=classes,
        preprocessing=SPEC,
        graph=payload(folder, "model_fp32.onnx", 6_200_000),
        opset=18,
        parity=Parity(pictures=384, part="test", max_abs_logit_difference=3.1e-6, argmax_equal=384, tolerance=1e-4),
        metrics=metrics(classes, 124, 128),
    )
    return save_artifact(artifact, folder / "onnx.json")


def write_int8(folder: Path, onnx: Path, split: Path, classes: tuple[str, ...]) -> Path:
    artifact = QuantizedArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=(parent("onnx", onnx, folder), parent("split", split, folder)),
        classes=classes,
        preprocessing=SPEC,
        graph=payload(folder, "model_int8.onnx", 1_800_000),
        recipe={"format": "QDQ", "per_channel": True, "method": "percentile", "percentile": 99.99, "symmetric": False},
        calibration_pictures=115,
        nodes_left_in_float=("/features/0/Conv", "/features/1/block/1/fc1/Conv", "/classifier/Gemm"),
        degradation=Degradation(
            pictures=384,
            part="test",
            accuracy_fp32=0.9453,
            accuracy_int8=0.9375,
            accuracy_drop=0.0078,
            agreement=0.9818,
            confidence_change=-0.0123,
            mean_abs_probability_change=0.0154,
        ),
        metrics=metrics(classes, 123, 128),
    )
    return save_artifact(artifact, folder / "int8.json")
