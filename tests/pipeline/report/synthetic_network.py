"""Write a checkpoint, its evaluation and its exports for the report's tests; every number is made up."""

import math
from pathlib import Path

import numpy as np

from data_tools.artifacts.model import FileRef, file_ref, parent, save_artifact
from data_tools.images.preprocessing import PreprocessingSpec
from data_tools.metrics.classification import ClassificationMetrics, Share
from export.artifact import Degradation, HalfGraph, OnnxArtifact, Parity, QuantizedArtifact, QuantizedGraph
from export.config import BudgetConfig
from export.quantize.recipe import Recipe
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


def loss(drop: float, agreement: float, confidence_change: float, part: str = "test") -> Degradation:
    return Degradation(
        pictures=384,
        part=part,
        accuracy_fp32=0.9453,
        accuracy=0.9453 - drop,
        accuracy_drop=drop,
        agreement=agreement,
        confidence_change=confidence_change,
        ece_change=-0.0021,
        mean_abs_probability_change=0.0154,
        divergence=0.00231,
    )


def write_onnx(folder: Path, checkpoint: Path, split: Path, classes: tuple[str, ...]) -> Path:
    artifact = OnnxArtifact(
        schema_version=2,
        producer=PRODUCER,
        parents=(parent("checkpoint", checkpoint, folder), parent("split", split, folder)),
        classes=classes,
        preprocessing=SPEC,
        graph=payload(folder, "model.fp32.onnx", 6_200_000),
        half=HalfGraph(
            graph=payload(folder, "model.fp16.onnx", 3_100_000),
            degradation=loss(0.0, 1.0, 0.0001),
            metrics=metrics(classes, 124, 128),
        ),
        opset=19,
        operators={"Conv": 52},
        feature_dim=128,
        centroids="trained",
        parity=Parity(pictures=384, part="test", max_abs_logit_difference=3.1e-6, argmax_equal=384, tolerance=1e-4),
        metrics=metrics(classes, 124, 128),
    )
    return save_artifact(artifact, folder / "onnx.json")


RECIPES = """\
target,step,label,calibration,percentile,float_groups,float_nodes,equalized,bias_corrected,centered,finetuned,accuracy,\
accuracy_drop,agreement,confidence_change,ece_change,divergence_nats,feature_sqnr_db,int8_share,size_bytes,breaches,\
on_front,chosen
int8,calibration,minmax,minmax,,,,False,False,False,False,0.91,0.035300,0.921000,-0.041000,0.012000,0.0312000,11.2,1.0,\
1790000,accuracy drop 3.53 % (allowed 0.5 %),True,False
int8,layers in float,"percentile 99.99; float: squeeze excite",percentile,99.99,squeeze_excite,,False,True,False,False,\
0.94,0.004000,0.994000,-0.004000,-0.001000,0.0011000,22.9,0.93,1800000,,True,True
int8-trt,calibration,"percentile 99.99; centred",percentile,99.99,,,False,False,True,False,0.94,0.003000,0.991000,\
-0.002000,0.002000,0.0021000,20.0,0.95,1700000,,False,True
""".replace("\\\n", "")
TIMINGS = """\
target,label,median_ms,ratio_to_fp32,note
fp32,fp32,4.2,1.000,
int8,minmax,4.410,1.050,
int8,percentile 99.99; float: squeeze excite,1.9,0.452,
int8-trt,percentile 99.99; centred,,,not timed: ONNX Runtime on a CPU is not its back end
"""


def write_quantized(folder: Path, onnx: Path, split: Path, classes: tuple[str, ...]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipes.csv").write_text(RECIPES, encoding="utf-8")
    (folder / "timings.csv").write_text(TIMINGS, encoding="utf-8")
    int8 = QuantizedGraph(
        name="int8",
        graph=payload(folder, "model.int8.onnx", 1_800_000),
        recipe=Recipe(target="int8", float_groups=("squeeze_excite",), bias_corrected=True),
        reason="within the budget, and no other recipe within it diverges less",
        recipes_tried=2,
        nodes_left_in_float=("/features/0/Conv", "/features/1/block/1/fc1/Conv", "/classifier/Gemm"),
        chosen_on=loss(0.004, 0.994, -0.004, "calibration and val"),
        degradation=loss(0.0078, 0.9818, -0.0123),
        breaches_on_choice=(),
        breaches_on_test=("agreement 98.18 % (allowed 99 %)",),
        metrics=metrics(classes, 123, 128),
    )
    trt = QuantizedGraph(
        name="int8-trt",
        graph=payload(folder, "model.int8-trt.onnx", 1_700_000),
        recipe=Recipe(target="int8-trt", centered=True),
        reason="the least divergence of all",
        recipes_tried=1,
        nodes_left_in_float=(),
        chosen_on=loss(0.003, 0.991, -0.002, "calibration and val"),
        degradation=loss(0.0130, 0.9661, 0.0087),
        breaches_on_choice=("change of ECE 2.40 % (allowed 2 %)",),
        breaches_on_test=("agreement 96.61 % (allowed 99 %)",),
        metrics=metrics(classes, 122, 128),
    )
    artifact = QuantizedArtifact(
        schema_version=2,
        producer=PRODUCER,
        parents=(parent("onnx", onnx, folder), parent("split", split, folder)),
        classes=classes,
        preprocessing=SPEC,
        graphs=(int8, trt),
        budget=BudgetConfig(),
        recipes=file_ref(folder / "recipes.csv", folder),
        sensitivity=None,
        calibration_pictures=115,
        validation_pictures=215,
    )
    return save_artifact(artifact, folder / "quantized.json")
